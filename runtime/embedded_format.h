/* A compiled model as part of a program: what the object code that `facet compile --emit=lib` writes hands to
 * the runtime, and the file of its weights. Plain C, includes nothing; docs/embedding.md explains it.
 *
 * Any change here is a new FACET_ABI_VERSION, as in abi.h. */
#ifndef FACET_RUNTIME_EMBEDDED_FORMAT_H
#define FACET_RUNTIME_EMBEDDED_FORMAT_H

#ifdef __cplusplus
extern "C" {
#endif

/* A kernel of abi.h, whatever its type. */
typedef void (*facet_linked_kernel)(void);

/* The one symbol of a model that a program sees; all others are hidden. Read-only data. */
struct facet_embedded_model {
  unsigned long long abi; /* FACET_ABI_VERSION */
  const char *name;
  /* An artifact without the sections CODE, KERNEL_ENTRIES and WEIGHTS; page-aligned. */
  const void *tables;
  unsigned long long table_bytes;
  /* The bytes of WEIGHTS, page-aligned; NULL where they are a file of their own. */
  const void *weights;
  unsigned long long weight_bytes;
  const facet_linked_kernel *kernels; /* [variant][kernel] */
};

/* NAME.weights: this header, zeros up to FACET_PAGE, then the bytes of WEIGHTS. */
#define FACET_WEIGHTS_MAGIC "FACETWTS" /* 8 bytes */
typedef struct facet_weights_header {
  char magic[8];
  unsigned abi; /* FACET_ABI_VERSION */
  unsigned reserved;
  unsigned long long weight_bytes;
  unsigned char digest[32]; /* that of the WEIGHT_HASHES in the model's tables */
} facet_weights_header;

#ifdef __cplusplus
}
#endif
#endif
