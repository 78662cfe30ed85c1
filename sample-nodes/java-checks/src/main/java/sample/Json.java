package sample;

import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;

/** Short ways to write JSON with the library. */
final class Json {
  private Json() {}

  /** Names and values in turn. */
  static JsonObject object(Object... members) {
    JsonObject object = new JsonObject();
    for (int at = 0; at < members.length; at += 2) {
      object.add((String) members[at], value(members[at + 1]));
    }
    return object;
  }

  static JsonArray array(Object... items) {
    JsonArray array = new JsonArray();
    for (Object item : items) {
      array.add(value(item));
    }
    return array;
  }

  private static JsonValue value(Object value) {
    if (value instanceof JsonValue json) {
      return json;
    } else if (value instanceof String text) {
      return com.eclipsesource.json.Json.value(text);
    } else if (value instanceof Integer number) {
      return com.eclipsesource.json.Json.value(number);
    } else if (value instanceof Double number) {
      return com.eclipsesource.json.Json.value(number);
    } else if (value instanceof Boolean truth) {
      return com.eclipsesource.json.Json.value(truth);
    }
    throw new IllegalArgumentException("no JSON: " + value);
  }
}
