/* The layout of files of `facet run --collect-importance`, which `facet compile --importance` reads: second
 * moments of what each matrix is multiplied with. Plain C, includes nothing; docs/importance.md explains it.
 * All integers and floats are little-endian. */
#ifndef FACET_RUNTIME_IMPORTANCE_FORMAT_H
#define FACET_RUNTIME_IMPORTANCE_FORMAT_H

#ifdef __cplusplus
extern "C" {
#endif

#define FACET_IMPORTANCE_MAGIC "FACETIMP"
#define FACET_IMPORTANCE_VERSION 1

typedef struct facet_importance_header {
  char magic[8];
  unsigned version, entry_count; /* entries follow */
  unsigned block;                /* columns whose products are kept; a multiple of 32 */
  unsigned reserved;             /* 0 */
  unsigned long long file_size;
} facet_importance_header;

/* A weight. Its data begin where those of the entry before it end, those of the first entry behind the
 * entries: for each matrix unsigned long long rows, then for each matrix and each block of columns float
 * [n][n], the sums over these rows of x[i] * x[j] for columns i and j of the block; n is `block`, in the last
 * one what is left. */
typedef struct facet_importance_entry {
  char name[112];             /* the weight's symbol in the artifact, NUL-terminated and padded */
  unsigned columns, matrices; /* of each matrix; experts, else 1 */
  unsigned long long offset;  /* of its data in the file */
} facet_importance_entry;

#ifdef __cplusplus
}
#endif
#endif
