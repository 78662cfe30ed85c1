//! Checksums of a text or of bytes.

const std = @import("std");
const host = @import("host.zig");

pub const panic = std.debug.FullPanic(host.panic);

const definition =
    \\{"name": "checksums", "friendly_name": "Checksums", "category": "Data/Hash", "abi_version": 1,
    \\ "description": "CRC-32, Adler-32 and FNV-1a of a text or of bytes", "permissions": [], "pins": [
    \\  {"name": "exec", "friendly_name": "Run", "description": "", "pin_type": "Input", "data_type": "Execution"},
    \\  {"name": "text", "friendly_name": "Text", "description": "Taken as UTF-8, where there are no bytes",
    \\   "pin_type": "Input", "data_type": "String", "default_value": "123456789"},
    \\  {"name": "bytes", "friendly_name": "Bytes", "description": "Such as the content of a file",
    \\   "pin_type": "Input", "data_type": "Byte"},
    \\  {"name": "skip", "friendly_name": "Skip", "description": "Bytes at the start that are left out",
    \\   "pin_type": "Input", "data_type": "Integer", "default_value": 0},
    \\  {"name": "expected", "friendly_name": "Expected", "description": "One of the checksums, in hex",
    \\   "pin_type": "Input", "data_type": "String", "default_value": ""},
    \\  {"name": "exec_out", "friendly_name": "Done", "description": "", "pin_type": "Output", "data_type": "Execution"},
    \\  {"name": "mismatch", "friendly_name": "Mismatch", "description": "Nothing has the expected checksum",
    \\   "pin_type": "Output", "data_type": "Execution"},
    \\  {"name": "size", "friendly_name": "Size", "description": "In bytes", "pin_type": "Output", "data_type": "Integer"},
    \\  {"name": "crc32", "friendly_name": "CRC-32", "description": "", "pin_type": "Output", "data_type": "Integer"},
    \\  {"name": "adler32", "friendly_name": "Adler-32", "description": "", "pin_type": "Output", "data_type": "Integer"},
    \\  {"name": "fnv1a", "friendly_name": "FNV-1a", "description": "64 bits, as a signed number",
    \\   "pin_type": "Output", "data_type": "Integer"},
    \\  {"name": "hex", "friendly_name": "Hex", "description": "Each checksum by its name",
    \\   "pin_type": "Output", "data_type": "String", "value_type": "HashMap"}
    \\]}
;

/// What `run` is given, as far as this node reads it.
const Call = struct {
    inputs: struct {
        text: ?[]const u8 = null,
        bytes: ?[]const u8 = null,
        skip: ?i64 = null,
        expected: ?[]const u8 = null,
    },
};

const Hex = struct { crc32: []const u8, adler32: []const u8, fnv1a: []const u8 };

const Result = struct {
    outputs: ?struct {
        size: usize,
        crc32: u32,
        adler32: u32,
        fnv1a: i64,
        hex: Hex,
    } = null,
    @"error": ?[]const u8 = null,
    activate_exec: []const []const u8 = &.{},
};

export fn @"get-node"() *const host.Text {
    return host.give(definition);
}

export fn @"get-nodes"() *const host.Text {
    return host.give("[" ++ definition ++ "]");
}

export fn @"get-abi-version"() u32 {
    return 1;
}

export fn run(ptr: [*]const u8, len: usize) *const host.Text {
    const allocator = host.arena.allocator();
    const result = checksums(allocator, ptr[0..len]) catch |failure| result: {
        const text = switch (failure) {
            error.InvalidCharacter, error.InvalidPadding => "the bytes are not base64 text; choose a file",
            else => @errorName(failure),
        };
        host.err("{s}", .{text});
        break :result Result{ .@"error" = text };
    };
    const text = std.json.Stringify.valueAlloc(allocator, result, .{}) catch @panic("the result does not fit into the memory");
    return host.give(text);
}

fn checksums(allocator: std.mem.Allocator, document: []const u8) !Result {
    const call = try std.json.parseFromSliceLeaky(Call, allocator, document, .{ .ignore_unknown_fields = true });
    const inputs = call.inputs;
    const all = if (inputs.bytes) |base64| try decode(allocator, base64) else inputs.text orelse "123456789";
    // Zig checks both steps: a negative number and one beyond the end stop the node, with the reason in its log.
    const skip: usize = @intCast(inputs.skip orelse 0);
    const data = all[skip..];
    host.debug("{d} of {d} bytes", .{ data.len, all.len });

    const crc32 = std.hash.Crc32.hash(data);
    const adler32 = std.hash.Adler32.hash(data);
    const fnv1a = std.hash.Fnv1a_64.hash(data);
    const hex: Hex = .{
        .crc32 = try std.fmt.allocPrint(allocator, "{x:0>8}", .{crc32}),
        .adler32 = try std.fmt.allocPrint(allocator, "{x:0>8}", .{adler32}),
        .fnv1a = try std.fmt.allocPrint(allocator, "{x:0>16}", .{fnv1a}),
    };
    host.info("CRC-32 {s}, Adler-32 {s}, FNV-1a {s}", .{ hex.crc32, hex.adler32, hex.fnv1a });

    const expected = inputs.expected orelse "";
    const found = expected.len == 0 or inline for (.{ hex.crc32, hex.adler32, hex.fnv1a }) |text| {
        if (std.ascii.eqlIgnoreCase(text, expected)) break true;
    } else false;
    if (!found) host.warn("none of them is {s}", .{expected});
    return .{
        .outputs = .{
            .size = data.len,
            .crc32 = crc32,
            .adler32 = adler32,
            .fnv1a = @bitCast(fnv1a),
            .hex = hex,
        },
        .activate_exec = if (found) &.{"exec_out"} else &.{"mismatch"},
    };
}

fn decode(allocator: std.mem.Allocator, base64: []const u8) ![]const u8 {
    const decoder = std.base64.standard.Decoder;
    const bytes = try allocator.alloc(u8, try decoder.calcSizeForSlice(base64));
    try decoder.decode(bytes, base64);
    return bytes;
}
