// An invoice in cents: 64-bit integers, so that nothing is lost and an overflow is noticed.

/** What is wrong with an invoice, for its user. */
class InvoiceError(message: String) : Exception(message)

class Item(val name: String, val quantity: Long, val cents: Long) {
    val total: Long = times(quantity, cents)
}

class Totals(val net: Long, val tax: Long) {
    val gross: Long = plus(net, tax)
}

enum class Rounding { HALF_UP, HALF_EVEN }

/** [rate]: hundredths of a percent, 0 to 10000. */
fun totals(items: List<Item>, rate: Long, rounding: Rounding): Totals {
    val net = sum(items)
    // Net is split, so that net times rate need not fit: the rest of the division is small.
    val tax = net / 10_000 * rate + round(net % 10_000 * rate, rounding)
    return Totals(net, tax)
}

fun sum(items: List<Item>): Long = items.fold(0L) { sum, item -> plus(sum, item.total) }

/** Ten-thousandths to whole ones. */
private fun round(parts: Long, rounding: Rounding): Long {
    val whole = parts / 10_000
    val rest = if (parts < 0) -(parts % 10_000) else parts % 10_000
    val away = rest > 5_000 || rest == 5_000L && (rounding == Rounding.HALF_UP || whole % 2 != 0L)
    return if (!away) whole else if (parts < 0) whole - 1 else whole + 1
}

fun money(cents: Long): String {
    val digits = cents.toString().removePrefix("-").padStart(3, '0')
    return "${if (cents < 0) "-" else ""}${digits.dropLast(2)}.${digits.takeLast(2)}"
}

private fun times(a: Long, b: Long): Long {
    val product = a * b
    val fits = if (a == -1L) b != Long.MIN_VALUE else a == 0L || product / a == b
    return if (fits) product else throw InvoiceError("$a times $b cents does not fit into 64 bits")
}

private fun plus(a: Long, b: Long): Long {
    val sum = a + b
    val fits = (a xor sum) and (b xor sum) >= 0
    return if (fits) sum else throw InvoiceError("$a plus $b cents does not fit into 64 bits")
}
