// JSON as Kotlin's own values: null, Boolean, Long, Double, String, List and Map. Whole numbers that fit are Long.

class JsonError(message: String) : Exception(message)

fun parseJson(text: String): Any? = JsonReader(text).document()

private class JsonReader(private val text: String) {
    private var at = 0

    fun document(): Any? {
        val value = value()
        if (next() != null) fail("the end")
        return value
    }

    private fun value(): Any? = when (next()) {
        '{' -> members()
        '[' -> items()
        '"' -> string()
        't' -> word("true", true)
        'f' -> word("false", false)
        'n' -> word("null", null)
        else -> number()
    }

    private fun members(): Map<String, Any?> {
        val members = LinkedHashMap<String, Any?>()
        at++
        if (!taken('}')) {
            do {
                if (next() != '"') fail("a name")
                val name = string()
                if (!taken(':')) fail("a colon")
                members[name] = value()
            } while (taken(','))
            if (!taken('}')) fail("\"}\"")
        }
        return members
    }

    private fun items(): List<Any?> {
        val items = ArrayList<Any?>()
        at++
        if (!taken(']')) {
            do items.add(value()) while (taken(','))
            if (!taken(']')) fail("\"]\"")
        }
        return items
    }

    private fun string(): String = buildString {
        at++
        while (true) {
            when (val char = text.getOrNull(at++) ?: fail("the end of a string")) {
                '"' -> return@buildString
                '\\' -> append(escape())
                else -> append(char)
            }
        }
    }

    /** One UTF-16 unit: a character beyond the first plane comes as two escapes, which make a pair again. */
    private fun escape(): Char = when (val char = text.getOrNull(at++)) {
        '"', '\\', '/' -> char
        'b' -> '\b'
        'f' -> '\u000C'
        'n' -> '\n'
        'r' -> '\r'
        't' -> '\t'
        'u' -> {
            val unit = text.substring(at, minOf(at + 4, text.length)).toIntOrNull(16) ?: fail("four hex digits")
            at += 4
            unit.toChar()
        }
        else -> fail("an escape")
    }

    private fun number(): Any {
        val start = at
        while (text.getOrNull(at)?.let { it.isLetterOrDigit() || it in "+-." } == true) at++
        val digits = text.substring(start, at)
        return digits.toLongOrNull() ?: digits.toDoubleOrNull() ?: fail("a value")
    }

    private fun <T> word(word: String, value: T): T {
        if (!text.startsWith(word, at)) fail("\"$word\"")
        at += word.length
        return value
    }

    /** The next character that is no white space. */
    private fun next(): Char? {
        while (text.getOrNull(at)?.let { it in " \t\r\n" } == true) at++
        return text.getOrNull(at)
    }

    private fun taken(char: Char): Boolean = (next() == char).also { if (it) at++ }

    private fun fail(wanted: String): Nothing = throw JsonError("$wanted is missing at character ${at + 1}")
}

fun writeJson(value: Any?): String = buildString { json(value) }

private fun StringBuilder.json(value: Any?) {
    when (value) {
        is Map<*, *> -> value.entries.joinTo(this, ",", "{", "}") { (name, member) -> "${writeJson("$name")}:${writeJson(member)}" }
        is List<*> -> value.joinTo(this, ",", "[", "]") { writeJson(it) }
        is String -> quoted(value)
        else -> append(value) // null, a truth value or a number: as Kotlin writes it
    }
}

private fun StringBuilder.quoted(text: String) {
    append('"')
    for (char in text) {
        when {
            char == '"' || char == '\\' -> append('\\').append(char)
            char < ' ' -> append("\\u").append(char.code.toString(16).padStart(4, '0'))
            else -> append(char)
        }
    }
    append('"')
}
