// What the host provides, by module and name.
#pragma once

#include <stddef.h>

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

IMPORT("flowlike_log", "debug") void log_debug(const char *text, size_t length);
IMPORT("flowlike_log", "info") void log_info(const char *text, size_t length);
IMPORT("flowlike_log", "warn") void log_warn(const char *text, size_t length);
IMPORT("flowlike_log", "error") void log_error(const char *text, size_t length);
