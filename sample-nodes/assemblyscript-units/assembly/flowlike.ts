// The core-module contract: what the host provides, how texts travel, and a reader for the run input.

// @ts-ignore: decorator
@external("flowlike_log", "debug")
declare function hostDebug(ptr: usize, len: i32): void;
// @ts-ignore: decorator
@external("flowlike_log", "info")
declare function hostInfo(ptr: usize, len: i32): void;

export function debug(text: string): void {
  const bytes = String.UTF8.encode(text);
  hostDebug(changetype<usize>(bytes), bytes.byteLength);
}

export function info(text: string): void {
  const bytes = String.UTF8.encode(text);
  hostInfo(changetype<usize>(bytes), bytes.byteLength);
}

let kept: ArrayBuffer = new ArrayBuffer(0);

/** Pointer in the upper half, length in the lower; the text stays alive until the next one. */
export function pack(text: string): i64 {
  kept = String.UTF8.encode(text);
  return ((<i64>changetype<usize>(kept)) << 32) | <i64>kept.byteLength;
}

export function alloc(size: i32): i32 {
  return <i32>heap.alloc(size);
}

export function dealloc(ptr: i32, _size: i32): void {
  heap.free(<usize>ptr);
}

/** The run input, read from left to right; strings are understood, so that their content cannot mislead. */
export class Input {
  private document: string;

  constructor(ptr: i32, len: i32) {
    this.document = String.UTF8.decodeUnsafe(<usize>ptr, <usize>len);
  }

  /** The raw JSON of an input; empty where it is not set. */
  private raw(name: string): string {
    const inputs = this.member(0, "inputs");
    const at = inputs < 0 ? -1 : this.member(inputs, name);
    return at < 0 ? "" : this.document.substring(at, this.end(at));
  }

  number(name: string, otherwise: f64): f64 {
    const raw = this.raw(name);
    return raw.length == 0 || raw == "null" ? otherwise : parseFloat(raw);
  }

  /** For texts without escapes, which names of units are. */
  word(name: string, otherwise: string): string {
    const raw = this.raw(name);
    return raw.startsWith('"') ? raw.substring(1, raw.length - 1) : otherwise;
  }

  /** Where the value of an object's member starts, or -1. */
  private member(at: i32, name: string): i32 {
    at++;
    while (at < this.document.length && this.document.charCodeAt(at) != 0x7d) {
      const keyEnd = this.end(at);
      const key = this.document.substring(at + 1, keyEnd - 1);
      if (key == name) return keyEnd + 1;
      at = this.end(keyEnd + 1);
      if (this.document.charCodeAt(at) == 0x2c) at++;
    }
    return -1;
  }

  /** Where the value that starts here is over. */
  private end(at: i32): i32 {
    let depth = 0;
    while (at < this.document.length) {
      const code = this.document.charCodeAt(at);
      if (code == 0x22) {
        at++;
        while (this.document.charCodeAt(at) != 0x22) at += this.document.charCodeAt(at) == 0x5c ? 2 : 1;
        if (depth == 0) return at + 1;
      } else if (code == 0x7b || code == 0x5b) depth++;
      else if (code == 0x7d || code == 0x5d) {
        if (depth == 0) return at;
        depth--;
        if (depth == 0) return at + 1;
      } else if ((code == 0x2c || code == 0x3a) && depth == 0) return at;
      at++;
    }
    return at;
  }
}
