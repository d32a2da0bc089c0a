// Files that travel inside the binary. The top-level folders are the single source; a test compares this table with them.
#pragma once
#include <stddef.h>

/// One embedded file: its path from the project's root, its bytes and their count.
typedef struct {
  const char *path;
  const unsigned char *bytes;
  size_t count;
} cassets_file;

/// All embedded files, ordered by path, and how many there are.
const cassets_file *cassets_files(size_t *count);
