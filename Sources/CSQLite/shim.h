// SQLite as a Swift module. Inline wrappers only for what Swift cannot call: variadics and function-like macros.
#pragma once
#include <sqlite3.h>

/// Bind text or bytes that SQLite must copy (SQLITE_TRANSIENT is a cast macro).
static inline int csqlite_bind_text(sqlite3_stmt *s, int i, const char *p, int n) {
  return sqlite3_bind_text(s, i, p, n, SQLITE_TRANSIENT);
}
static inline int csqlite_bind_blob(sqlite3_stmt *s, int i, const void *p, int n) {
  return sqlite3_bind_blob(s, i, p, n, SQLITE_TRANSIENT);
}
/// Switch a setting of a connection on or off (sqlite3_db_config is variadic).
static inline int csqlite_db_config(sqlite3 *db, int setting, int on) {
  return sqlite3_db_config(db, setting, on, (int *)0);
}

/// Set where SQLite gets its memory from, and that it keeps no statistics of it; both before any other call (sqlite3_config is variadic).
static inline int csqlite_use_memory(const sqlite3_mem_methods *methods) {
  int code = sqlite3_config(SQLITE_CONFIG_MALLOC, methods);
  return code == SQLITE_OK ? sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) : code;
}

/// Answer a call of a function with text that SQLite must copy.
static inline void csqlite_result_text(sqlite3_context *c, const unsigned char *p, int n) {
  sqlite3_result_text(c, (const char *)p, n, SQLITE_TRANSIENT);
}
