// A text to a word for URLs, free of the host.

/// Letters that are written otherwise in ASCII. A key stands for all spellings of its character that Unicode holds equal.
private let spellings: [Character: String] = {
    var spellings: [Character: String] = [
        "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "oe", "å": "aa", "þ": "th", "ð": "d",
        "ł": "l", "đ": "d", "&": " and ", "@": " at ",
    ]
    let plain = [
        "a": "àáâãāăą", "c": "çćč", "d": "ď", "e": "èéêëēėęě", "g": "ğģ", "i": "ìíîïīįı", "k": "ķ", "l": "ĺļľ", "n": "ñńņň",
        "o": "òóôõōő", "r": "ŕř", "s": "śşšș", "t": "ťțţ", "u": "ùúûūůűų", "y": "ýÿ", "z": "źżž",
    ]
    for (letter, accented) in plain {
        for character in accented { spellings[character] = letter }
    }
    return spellings
}()

/// Empty where the text has nothing that could stand in a URL.
func slug(_ text: String, separator: String, limit: Int) -> String {
    var words: [String] = [""]
    for character in text.lowercased() {
        for spelled in spellings[character] ?? String(character) {
            if spelled.isASCII && (spelled.isLetter || spelled.isNumber) {
                words[words.count - 1].append(spelled)
            } else if spelled != "'" && !words[words.count - 1].isEmpty {
                words.append("")
            }
        }
    }
    // Whole words as long as they fit; the first is cut if it has to be.
    var slug = ""
    for word in words where !word.isEmpty {
        let longer = slug.isEmpty ? String(word.prefix(limit)) : slug + separator + word
        if longer.count > limit { break }
        slug = longer
    }
    return slug
}

/// The slug, or the first of slug-2, slug-3, … that is not taken.
func unique(_ slug: String, separator: String, taken: Set<String>) -> String {
    var candidate = slug
    var number = 2
    while taken.contains(candidate) {
        candidate = "\(slug)\(separator)\(number)"
        number += 1
    }
    return candidate
}
