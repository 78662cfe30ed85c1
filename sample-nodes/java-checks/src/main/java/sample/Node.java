package sample;

import static sample.Json.array;
import static sample.Json.object;

import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.teavm.interop.Export;

/** Says which of some numbers have the right check digits. */
public final class Node {
  private static final JsonArray EXAMPLE =
      array("DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111", "978-3-16-148410-0", "978-3-16-148410-1");

  private static final JsonObject DEFINITION =
      object(
          "name", "check_numbers",
          "friendly_name", "Check Numbers",
          "description", "Says which IBANs, ISBNs and card numbers have the right check digits",
          "category", "Data/Validation",
          "pins", array(
              pin("Input", "exec", "Exec", "Starts the check"),
              pin("Input", "texts", "String", "The numbers", "value_type", "Array", "default_value", EXAMPLE),
              pin("Input", "kind", "String", "What the numbers are",
                  "valid_values", array("any", "iban", "isbn", "card"), "default_value", "any"),
              pin("Output", "exec_out", "Exec", "Fires when all of them are right"),
              pin("Output", "wrong", "Exec", "Fires when one of them is not"),
              pin("Output", "valid", "Bool", "For each text whether it is right", "value_type", "HashMap"),
              pin("Output", "invalid", "String", "The texts that are not", "value_type", "HashSet"),
              pin("Output", "checked", "I64", "How many different texts there were")),
          "permissions", array("streaming"),
          "abi_version", 1);

  private Node() {}

  private static JsonObject pin(String direction, String name, String type, String description, Object... more) {
    JsonObject pin =
        object(
            "name", name,
            "friendly_name", name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1),
            "description", description,
            "pin_type", direction,
            "data_type", type);
    return pin.merge(object(more));
  }

  @Export(name = "get_node")
  static long getNode() {
    return Host.give(DEFINITION.toString());
  }

  @Export(name = "get_abi_version")
  static int getAbiVersion() {
    return 1;
  }

  @Export(name = "run")
  static long run(int pointer, int length) {
    try {
      JsonObject input = com.eclipsesource.json.Json.parse(Host.input()).asObject();
      return Host.give(check(input.get("inputs").asObject(), input.getBoolean("stream_state", false)).toString());
    } catch (RuntimeException bug) {
      bug.printStackTrace(); // the trap that this becomes has no words
      throw bug;
    }
  }

  private static JsonObject check(JsonObject inputs, boolean streaming) {
    JsonValue texts = inputs.get("texts");
    JsonArray numbers = texts == null ? EXAMPLE : texts.asArray();
    String kind = inputs.getString("kind", "any");
    Host.debug(numbers.size() + " texts, kind " + kind);

    Map<String, Boolean> valid = new LinkedHashMap<>();
    Set<String> invalid = new LinkedHashSet<>();
    for (int at = 0; at < numbers.size(); at++) {
      String text = numbers.get(at).asString();
      Check check = kind.equals("any") ? Check.of(text) : Check.valueOf(kind.toUpperCase(Locale.ROOT));
      if (check == null) {
        String message = "\"" + text + "\" looks like no IBAN, ISBN or card number; choose a kind";
        Host.error(message);
        return object("outputs", object(), "activate_exec", array(), "error", message);
      }
      boolean right = check.accepts(text);
      if (valid.put(text, right) == null && !right) {
        invalid.add(text);
        Host.warn("\"" + text + "\" is no " + check);
      }
      // Ten steps, however many texts there are.
      if (streaming && (at + 1) * 10 / numbers.size() > at * 10 / numbers.size()) {
        Host.progress((at + 1.0) / numbers.size(), text);
      }
    }
    Host.info(valid.size() - invalid.size() + " of " + valid.size() + " are right");

    JsonObject verdicts = new JsonObject();
    valid.forEach(verdicts::add);
    return object(
        "outputs", object("valid", verdicts, "invalid", array(invalid.toArray()), "checked", valid.size()),
        "activate_exec", array(invalid.isEmpty() ? "exec_out" : "wrong"));
  }

  /** The WASI target wants one. */
  public static void main(String[] arguments) {}
}
