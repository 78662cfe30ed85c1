// The node: line items and a tax rate to totals.

import kotlin.math.roundToLong
import kotlin.wasm.WasmExport

private const val ITEM_SCHEMA = """{"title":"Item","type":"object","properties":{
"name":{"type":"string"},
"quantity":{"type":"integer","default":1},
"cents":{"type":"integer","description":"Price of one, in cents"}},
"required":["cents"]}"""

private val EXAMPLE = listOf(
    mapOf("name" to "Tee", "quantity" to 3L, "cents" to 450L),
    mapOf("name" to "Käsekuchen", "quantity" to 1L, "cents" to 395L),
)

private val definition = mapOf(
    "name" to "invoice",
    "friendly_name" to "Invoice",
    "description" to "Adds up line items and their tax, exact to the cent",
    "category" to "Business",
    "pins" to listOf(
        input("exec", "Exec", "Adds up"),
        input("items", "Struct", "What is charged for", "value_type" to "Array", "schema" to ITEM_SCHEMA, "default_value" to EXAMPLE),
        input("tax_rate", "F64", "Percent", "range" to listOf(0, 100), "step" to 0.5, "default_value" to 19.0),
        input("rounding", "String", "What becomes of half a cent of tax", "valid_values" to listOf("half up", "half even"), "default_value" to "half up"),
        output("exec_out", "Exec", "Fires when the totals are set"),
        output("net", "I64", "Sum of the items, in cents"),
        output("tax", "I64", "In cents"),
        output("gross", "I64", "Net and tax, in cents"),
        output("totals", "I64", "Cents of each item by its name", "value_type" to "HashMap"),
    ),
    "permissions" to listOf("streaming"),
    "abi_version" to 1,
)

@WasmExport("get_node")
fun getNode(): Long = give(writeJson(definition))

@WasmExport("get_abi_version")
fun getAbiVersion(): Int = 1

@WasmExport
fun run(pointer: Int, length: Int): Long {
    val input = parseJson(take(pointer, length)) as Map<*, *>
    val result = try {
        invoice(input["inputs"] as Map<*, *>, streaming = input["stream_state"] == true)
    } catch (error: InvoiceError) {
        Log.error("${error.message}")
        mapOf("outputs" to emptyMap<String, Any?>(), "activate_exec" to emptyList<String>(), "error" to error.message)
    } catch (bug: Throwable) {
        println(bug) // the trap that this becomes has no words
        throw bug
    }
    return give(writeJson(result))
}

private fun invoice(inputs: Map<*, *>, streaming: Boolean): Map<String, Any?> {
    val items = (inputs["items"] as List<*>? ?: EXAMPLE).mapIndexed { index, item -> item(index + 1, item as Map<*, *>) }
    val percent = (inputs["tax_rate"] as Number? ?: 19.0).toDouble()
    if (percent !in 0.0..100.0) throw InvoiceError("a tax rate is from 0 to 100 percent, not $percent")
    val rounding = if (inputs["rounding"] == "half even") Rounding.HALF_EVEN else Rounding.HALF_UP
    Log.debug("${items.size} items, $percent % tax, $rounding")

    if (items.isEmpty()) Log.warn("there is nothing to charge for")
    if (streaming) for (item in items) stream("${item.quantity} × ${item.name}: ${money(item.total)}\n")
    val totals = totals(items, (percent * 100).roundToLong(), rounding)
    Log.info("${money(totals.net)} + ${money(totals.tax)} = ${money(totals.gross)}")
    return mapOf(
        "outputs" to mapOf(
            "net" to totals.net,
            "tax" to totals.tax,
            "gross" to totals.gross,
            "totals" to items.groupBy { it.name }.mapValues { (_, same) -> sum(same) },
        ),
        "activate_exec" to listOf("exec_out"),
    )
}

private fun item(number: Int, item: Map<*, *>): Item {
    fun whole(name: String, otherwise: Long?): Long =
        (item[name] ?: otherwise) as? Long ?: throw InvoiceError("item $number needs \"$name\", a whole number")
    return Item(item["name"] as? String ?: "item $number", whole("quantity", 1), whole("cents", null))
}
