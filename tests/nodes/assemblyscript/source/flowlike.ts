// The core-module contract: imports, packed strings, and just enough JSON for small nodes.

// @ts-ignore: decorator
@external("flowlike_log", "debug")
declare function logDebug(ptr: usize, len: i32): void;
// @ts-ignore: decorator
@external("flowlike_log", "info")
declare function logInfo(ptr: usize, len: i32): void;
// @ts-ignore: decorator
@external("flowlike_log", "warn")
declare function logWarn(ptr: usize, len: i32): void;
// @ts-ignore: decorator
@external("flowlike_log", "error")
declare function logError(ptr: usize, len: i32): void;
// @ts-ignore: decorator
@external("flowlike_log", "log_json")
declare function logJson(level: i32, ptr: usize, len: i32, data: usize, dataLen: i32): void;
// @ts-ignore: decorator
@external("flowlike_stream", "text")
declare function streamText(ptr: usize, len: i32): void;
// @ts-ignore: decorator
@external("flowlike_stream", "emit")
declare function streamEmit(kind: usize, kindLen: i32, data: usize, dataLen: i32): void;
// @ts-ignore: decorator
@external("flowlike_vars", "get")
declare function varsGet(ptr: usize, len: i32): i64;
// @ts-ignore: decorator
@external("flowlike_vars", "set")
declare function varsSet(ptr: usize, len: i32, value: usize, valueLen: i32): void;

function utf8(text: string): ArrayBuffer {
  return String.UTF8.encode(text);
}

export function log(level: i32, text: string): void {
  const bytes = utf8(text);
  const ptr = changetype<usize>(bytes);
  if (level == 0) logDebug(ptr, bytes.byteLength);
  else if (level == 1) logInfo(ptr, bytes.byteLength);
  else if (level == 2) logWarn(ptr, bytes.byteLength);
  else logError(ptr, bytes.byteLength);
}

export function logWithData(level: i32, text: string, json: string): void {
  const bytes = utf8(text);
  const data = utf8(json);
  logJson(level, changetype<usize>(bytes), bytes.byteLength, changetype<usize>(data), data.byteLength);
}

export function stream(text: string): void {
  const bytes = utf8(text);
  streamText(changetype<usize>(bytes), bytes.byteLength);
}

export function emit(kind: string, data: string): void {
  const name = utf8(kind);
  const bytes = utf8(data);
  streamEmit(changetype<usize>(name), name.byteLength, changetype<usize>(bytes), bytes.byteLength);
}

/** A variable as JSON text; empty where it is absent. */
export function getVariable(name: string): string {
  const bytes = utf8(name);
  const packed = varsGet(changetype<usize>(bytes), bytes.byteLength);
  if (packed == 0) return "";
  return String.UTF8.decodeUnsafe(<usize>(<u64>packed >> 32), <usize>(packed & 0xffffffff));
}

export function setVariable(name: string, json: string): void {
  const bytes = utf8(name);
  const value = utf8(json);
  varsSet(changetype<usize>(bytes), bytes.byteLength, changetype<usize>(value), value.byteLength);
}

let kept: ArrayBuffer = new ArrayBuffer(0);

/** Keeps the text alive and packs where it is. */
export function pack(text: string): i64 {
  kept = utf8(text);
  return ((<i64>changetype<usize>(kept)) << 32) | <i64>kept.byteLength;
}

export function unpackInput(ptr: i32, len: i32): string {
  return String.UTF8.decodeUnsafe(<usize>ptr, <usize>len);
}

function skipString(text: string, at: i32): i32 {
  at++;
  while (at < text.length && text.charCodeAt(at) != 0x22) at += text.charCodeAt(at) == 0x5c ? 2 : 1;
  return at + 1;
}

/** The raw JSON value of a key of the object that starts at `from`; empty where it is absent. */
function member(text: string, from: i32, key: string): string {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code == 0x22) {
      const end = skipString(text, at);
      if (depth == 1 && text.charCodeAt(end) == 0x3a && text.substring(at + 1, end - 1) == key) {
        return text.substring(end + 1, valueEnd(text, end + 1));
      }
      at = end;
      continue;
    }
    if (code == 0x7b || code == 0x5b) depth++;
    else if (code == 0x7d || code == 0x5d) {
      depth--;
      if (depth == 0) break;
    }
    at++;
  }
  return "";
}

function valueEnd(text: string, at: i32): i32 {
  let depth = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code == 0x22) {
      at = skipString(text, at);
      continue;
    }
    if (code == 0x7b || code == 0x5b) depth++;
    else if (code == 0x7d || code == 0x5d) {
      if (depth == 0) return at;
      depth--;
    } else if (code == 0x2c && depth == 0) return at;
    at++;
  }
  return at;
}

function unquote(raw: string): string {
  let out = "";
  let at = 1;
  while (at < raw.length - 1) {
    let code = raw.charCodeAt(at++);
    if (code == 0x5c) {
      code = raw.charCodeAt(at++);
      if (code == 0x6e) code = 10;
      else if (code == 0x72) code = 13;
      else if (code == 0x74) code = 9;
      else if (code == 0x62) code = 8;
      else if (code == 0x66) code = 12;
      else if (code == 0x75) {
        code = <i32>parseInt(raw.substring(at, at + 4), 16);
        at += 4;
      }
    }
    out += String.fromCharCode(code);
  }
  return out;
}

export function quote(text: string): string {
  let out = '"';
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code == 0x22) out += '\\"';
    else if (code == 0x5c) out += "\\\\";
    else if (code == 10) out += "\\n";
    else if (code < 0x20) out += "\\u00" + (code < 16 ? "0" : "") + code.toString(16);
    else out += String.fromCharCode(code);
  }
  return out + '"';
}

/** One call's inputs and outputs. */
export class Context {
  private inputs: string;
  private outputs: string = "";
  private fired: string = "";
  private error: string = "null";

  constructor(private document: string) {
    this.inputs = member(document, 0, "inputs");
  }

  get nodeName(): string {
    return unquote(member(this.document, 0, "node_name"));
  }

  raw(name: string): string {
    return member(this.inputs, 0, name);
  }

  text(name: string): string {
    const raw = this.raw(name);
    return raw.length > 1 && raw.charCodeAt(0) == 0x22 ? unquote(raw) : "";
  }

  number(name: string, otherwise: f64): f64 {
    const raw = this.raw(name);
    return raw.length == 0 || raw == "null" ? otherwise : parseFloat(raw);
  }

  flag(name: string): bool {
    return this.raw(name) == "true";
  }

  setRaw(name: string, json: string): void {
    this.outputs += (this.outputs.length > 0 ? "," : "") + quote(name) + ":" + json;
  }

  setText(name: string, value: string): void {
    this.setRaw(name, quote(value));
  }

  setNumber(name: string, value: f64): void {
    this.setRaw(name, value == Math.floor(value) && Math.abs(value) < 1e15 ? (<i64>value).toString() : value.toString());
  }

  setFlag(name: string, value: bool): void {
    this.setRaw(name, value ? "true" : "false");
  }

  fire(name: string): void {
    this.fired += (this.fired.length > 0 ? "," : "") + quote(name);
  }

  fail(message: string): void {
    this.error = quote(message);
  }

  result(): string {
    return '{"outputs":{' + this.outputs + '},"error":' + this.error + ',"activate_exec":[' + this.fired + '],"pending":false}';
  }
}

/** One pin as JSON; `value` is the default as JSON text, empty for none. */
export function pin(direction: string, name: string, dataType: string, value: string = ""): string {
  return (
    '{"name":' + quote(name) + ',"friendly_name":' + quote(name) + ',"description":"","pin_type":' + quote(direction) +
    ',"data_type":' + quote(dataType) + (value.length > 0 ? ',"default_value":' + value : "") + "}"
  );
}

export function node(name: string, friendly: string, category: string, pins: string[]): string {
  return (
    '{"name":' + quote(name) + ',"friendly_name":' + quote(friendly) + ',"description":' + quote(friendly) +
    ',"category":' + quote(category) + ',"icon":null,"pins":[' + pins.join(",") +
    '],"scores":null,"long_running":false,"docs":null,"abi_version":1,"permissions":["variables","streaming"]}'
  );
}
