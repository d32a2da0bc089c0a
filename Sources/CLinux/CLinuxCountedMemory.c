#include "CLinuxCountedMemory.h"

#include <malloc.h>
#include <stdlib.h>

static __thread int64_t held;

static void *counted(void *memory) {
  if (memory) held += (int64_t)malloc_usable_size(memory);
  return memory;
}

void *clinux_counted_malloc(int bytes) { return counted(malloc((size_t)bytes)); }

void *clinux_counted_realloc(void *memory, int bytes) {
  int64_t before = (int64_t)malloc_usable_size(memory);
  void *grown = realloc(memory, (size_t)bytes);
  if (!grown) return 0;
  held -= before;
  return counted(grown);
}

void clinux_counted_free(void *memory) {
  held -= (int64_t)malloc_usable_size(memory);
  free(memory);
}

int clinux_counted_size(void *memory) { return (int)malloc_usable_size(memory); }

int64_t clinux_counted_bytes(void) { return held; }
