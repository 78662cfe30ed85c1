// Converts a number from one unit to another.

import { Input, debug, info, pack } from "./flowlike";
import { convert, names } from "./units";

export { alloc, dealloc } from "./flowlike";

function pin(direction: string, name: string, label: string, type: string, more: string = ""): string {
  return `{"name":"${name}","friendly_name":"${label}","description":"","pin_type":"${direction}","data_type":"${type}"${more}}`;
}

export function get_node(): i64 {
  const units = ',"valid_values":["' + names().join('","') + '"]';
  const pins = [
    pin("Input", "exec", "Run", "Exec"),
    pin("Input", "value", "Value", "F64", ',"default_value":1'),
    pin("Input", "from", "From", "String", units + ',"default_value":"mile"'),
    pin("Input", "to", "To", "String", units + ',"default_value":"km"'),
    pin("Output", "exec_out", "Done", "Exec"),
    pin("Output", "result", "Result", "F64"),
    pin("Output", "text", "Text", "String"),
  ];
  return pack(
    '{"name":"convert_units","friendly_name":"Convert Units","description":"Converts a number from one unit to another",' +
      `"category":"Math/Units","pins":[${pins.join(",")}],"abi_version":1}`,
  );
}

export function run(ptr: i32, len: i32): i64 {
  const input = new Input(ptr, len);
  const value = input.number("value", 1);
  const from = input.word("from", "mile");
  const to = input.word("to", "km");
  debug(`${value} ${from} to ${to}`);
  const converted = convert(value, from, to);
  if (converted.error.length > 0) return pack(`{"outputs":{},"error":"${converted.error}","activate_exec":[]}`);
  const text = `${value} ${from} = ${converted.value} ${to}`;
  info(text);
  return pack(`{"outputs":{"result":${converted.value},"text":"${text}"},"error":null,"activate_exec":["exec_out"]}`);
}

export function get_abi_version(): i32 {
  return 1;
}
