/* Streams the answer to a question: stream NAME.weights '[{"role": "user", "content": "..."}]' */
#include "tiny_gemma.h"

#include <facet/facet_text.h>
#include <stdio.h>
#include <string.h>

static int show(void *context, facet_text_part part, const char *bytes, size_t size) {
  (void)context;
  if (part == FACET_TEXT_ANSWER)
    fwrite(bytes, 1, size, stdout);
  return fflush(stdout); /* a reader that went away ends the generation */
}

int main(int argc, char **argv) {
  static int32_t prompt[4096];
  const facet_sampler_options greedy = {.size = sizeof greedy, .greedy = 1};
  const facet_text_options options = {
      .size = sizeof options, .max_tokens = 100, .sampling = &greedy, .on_text = show};
  facet_error error = {0};
  facet_model *model = NULL;
  facet_text *text = NULL;
  facet_session *session = NULL;
  facet_sequence *sequence = NULL;
  size_t count;
  if (argc != 3) {
    fprintf(stderr, "usage: %s WEIGHTS CONVERSATION\n", argv[0]);
    return 2;
  }
  int failed = facet_model_open_embedded(&tiny_gemma, argv[1], NULL, &model, &error) ||
               facet_text_open(model, &text, &error) ||
               facet_text_encode_chat(text, argv[2], strlen(argv[2]), prompt, 4096, &count, &error) ||
               facet_session_create(model, NULL, &session, &error) ||
               facet_sequence_create(session, &sequence, &error) ||
               facet_text_generate(text, session, sequence, prompt, (int32_t)count, &options, NULL, &error);
  if (failed)
    fprintf(stderr, "%s: %s\n", facet_code_name(error.code), error.message);
  else
    putchar('\n');
  facet_session_destroy(session); /* and its sequence */
  facet_text_close(text);
  facet_model_close(model);
  return failed != 0;
}
