// The core-module contract around the Lua of node.lua: imports as functions of the table `host`, exports as calls.

#include <stdint.h>
#include <stdlib.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

IMPORT("flowlike_log", "debug") void log_debug(const char *text, size_t length);
IMPORT("flowlike_log", "info") void log_info(const char *text, size_t length);
IMPORT("flowlike_log", "warn") void log_warn(const char *text, size_t length);
IMPORT("flowlike_log", "error") void log_error(const char *text, size_t length);
IMPORT("flowlike_stream", "text") void stream_text(const char *text, size_t length);

// A Lua function of one text from a host function.
#define LUA_FUNCTION(name)                                  \
  static int lua_##name(lua_State *lua) {                   \
    size_t length;                                          \
    const char *text = luaL_tolstring(lua, 1, &length);     \
    name(text, length);                                     \
    return 0;                                               \
  }

LUA_FUNCTION(log_debug)
LUA_FUNCTION(log_info)
LUA_FUNCTION(log_warn)
LUA_FUNCTION(log_error)
LUA_FUNCTION(stream_text)

static const luaL_Reg HOST[] = {
    {"debug", lua_log_debug}, {"info", lua_log_info},     {"warn", lua_log_warn},
    {"error", lua_log_error}, {"stream", lua_stream_text}, {NULL, NULL},
};

static const luaL_Reg LIBRARIES[] = {
    {LUA_GNAME, luaopen_base},      {LUA_STRLIBNAME, luaopen_string}, {LUA_TABLIBNAME, luaopen_table},
    {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8},
};

static const char JSON[] = {
#embed "json.lua"
};
static const char TEMPLATE[] = {
#embed "template.lua"
};
static const char NODE[] = {
#embed "node.lua"
};

static lua_State *lua;

// Runs a file and keeps what it returns as a global. An error has nobody to catch it: Lua writes it to stderr and stops.
static void load(const char *name, const char *chunk, const char *source, size_t length) {
  if (luaL_loadbuffer(lua, source, length, chunk) != LUA_OK) lua_error(lua);
  lua_call(lua, 0, 1);
  lua_setglobal(lua, name);
}

__attribute__((constructor)) static void start(void) {
  lua = luaL_newstate();
  for (size_t at = 0; at < sizeof LIBRARIES / sizeof *LIBRARIES; ++at) {
    luaL_requiref(lua, LIBRARIES[at].name, LIBRARIES[at].func, 1);
  }
  luaL_newlib(lua, HOST);
  lua_setglobal(lua, "host");
  load("json", "=json.lua", JSON, sizeof JSON);
  load("template", "=template.lua", TEMPLATE, sizeof TEMPLATE);
  load("node", "=node.lua", NODE, sizeof NODE);
}

// Calls a function of node.lua with `arguments` values from the stack; the text that it returns stays alive until the
// next call. Pointer in the upper half, length in the lower.
static uint64_t call(const char *name, int arguments) {
  lua_getglobal(lua, "node");
  lua_getfield(lua, -1, name);
  lua_replace(lua, -2);
  lua_insert(lua, -1 - arguments);
  lua_call(lua, arguments, 1);
  size_t length;
  const char *text = luaL_checklstring(lua, -1, &length);
  lua_setfield(lua, LUA_REGISTRYINDEX, "result");
  return (uint64_t)(uintptr_t)text << 32 | length;
}

EXPORT("alloc") void *node_alloc(size_t size) { return malloc(size); }
EXPORT("dealloc") void node_dealloc(void *memory, size_t size) { free(memory); }
EXPORT("get_abi_version") uint32_t get_abi_version(void) { return 1; }
EXPORT("get_node") uint64_t get_node(void) { return call("get_node", 0); }
EXPORT("get_nodes") uint64_t get_nodes(void) { return call("get_nodes", 0); }

EXPORT("run") uint64_t run(const char *document, size_t length) {
  lua_pushlstring(lua, document, length);
  return call("run", 1);
}
