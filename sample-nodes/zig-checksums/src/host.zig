//! The component contract: what the host provides, and how strings travel.
//! Names and types are those of wit/flow-like-node.wit, lowered by the canonical ABI.

const std = @import("std");

extern "flow-like:node/logging@0.1.0" fn log(level: u32, text: [*]const u8, len: usize) void;

/// Everything that one call needs; given back after its result was read.
pub var arena: std.heap.ArenaAllocator = .init(std.heap.wasm_allocator);

/// A string for the host: where it lies and how long it is.
pub const Text = extern struct { ptr: [*]const u8, len: usize };

var result: Text = undefined;

pub fn give(text: []const u8) *const Text {
    result = .{ .ptr = text.ptr, .len = text.len };
    return &result;
}

pub fn debug(comptime format: []const u8, values: anytype) void {
    write(0, format, values);
}

pub fn info(comptime format: []const u8, values: anytype) void {
    write(1, format, values);
}

pub fn warn(comptime format: []const u8, values: anytype) void {
    write(2, format, values);
}

pub fn err(comptime format: []const u8, values: anytype) void {
    write(3, format, values);
}

fn write(level: u32, comptime format: []const u8, values: anytype) void {
    const text = std.fmt.allocPrint(arena.allocator(), format, values) catch @trap();
    log(level, text.ptr, text.len);
}

/// What Zig's safety checks say goes to the log before the node stops.
pub fn panic(message: []const u8, _: ?usize) noreturn {
    log(3, message.ptr, message.len);
    @trap();
}

/// Where the host puts the input.
export fn cabi_realloc(_: ?[*]u8, _: usize, _: usize, size: usize) [*]u8 {
    const memory = arena.allocator().alloc(u8, size) catch @panic("the input does not fit into the memory");
    return memory.ptr;
}

export fn cabi_post_run(_: *const Text) void {
    _ = arena.reset(.retain_capacity);
}
