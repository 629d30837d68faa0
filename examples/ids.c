/* Ids in, ids out, with the core alone: ids ID... prints what the model says to them, as ids. */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>

static int print(void *context, int32_t token) {
  (void)context;
  printf("%d\n", (int)token);
  return 0;
}

int main(int argc, char **argv) {
  int32_t prompt[64], count = 0;
  facet_sampler_options greedy = {.size = sizeof greedy, .greedy = 1};
  facet_generate_options options = {.size = sizeof options, .max_tokens = 20, .on_token = print};
  const unsigned char digest[32] = {INSIDE_DIGEST};
  facet_open_options open = {.size = sizeof open, .root_digest = digest};
  facet_error error = {0};
  facet_model *model = NULL;
  facet_model_details details;
  facet_session *session = NULL;
  facet_sequence *sequence = NULL;
  facet_sampler *sampler = NULL;
  facet_generated generated;
  for (int i = 1; i < argc && count < 64; ++i)
    prompt[count++] = atoi(argv[i]);
  int failed = facet_model_open_embedded(&inside, NULL, &open, &model, &error);
  if (!failed) {
    facet_model_describe(model, &details);
    failed = facet_session_create(model, NULL, &session, &error) ||
             facet_sequence_create(session, &sequence, &error) ||
             facet_sampler_create(details.vocab_size, &greedy, NULL, &sampler, &error) ||
             facet_generate_ids(session, sequence, prompt, count, sampler, &options, &generated, &error);
  }
  if (failed)
    fprintf(stderr, "%s: %s\n", facet_code_name(error.code), error.message);
  facet_sampler_destroy(sampler);
  facet_session_destroy(session);
  facet_model_close(model);
  return failed != 0;
}
