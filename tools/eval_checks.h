// The checks of facet eval, each on one artifact and one golden folder.
#ifndef FACET_TOOLS_EVAL_CHECKS_H
#define FACET_TOOLS_EVAL_CHECKS_H

#include "runtime/text/generate/TextSession.h"
#include "tools/eval_report.h"
#include "tools/golden_tensors.h"

#include <nlohmann/json.hpp>

namespace facet {

/// A golden folder as parsed. Json values are null where the folder has no such file.
struct GoldenFolder {
  std::string Path;
  nlohmann::ordered_json Cases, TokenizerCases, Perplexity, Bf16;
  GoldenTensors Tensors;
  bool HasTensors = false;
};

/// Reads what the folder has; returns "" or an error that names the file.
std::string readGoldenFolder(const std::string &Path, GoldenFolder &Folder);

/// Ids of a JSON list, each below VocabSize; false if it is not such a list.
bool readIds(const nlohmann::ordered_json &List, int32_t VocabSize, std::vector<int32_t> &Ids);
/// The member of an object, or null.
const nlohmann::ordered_json &member(const nlohmann::ordered_json &Object, const char *Key);
/// The most positions that any text case or conversation needs.
size_t longestSequence(const GoldenFolder &Folder);

/// "" or why a case cannot run on an artifact that knows text only.
std::string senseNeeded(const GoldenFolder &Folder, const nlohmann::ordered_json &Case);

/// Why an artifact that is not exact skips a check.
inline constexpr char RoundsNote[] = "held only by artifacts that round neither weights nor K/V";

class Evaluation {
public:
  /// Exact: weights are stored as the checkpoint has them and KV in f32, so the limits of f32 hold; otherwise
  /// those of the folder's bf16.json.
  Evaluation(const TextModel &Text, TextSession &Session, const GoldenFolder &Folder, EvalReport &Report,
             bool Exact)
      : Text(Text), Session(Session), Folder(Folder), Report(Report), Exact(Exact) {}
  /// "" or an error that ends the evaluation.
  std::string run();

private:
  void checkTokenizer();
  void checkCase(const nlohmann::ordered_json &Case);
  void checkPrompt(const std::string &Name, const nlohmann::ordered_json &Case,
                   const std::vector<int32_t> &Ids);
  void checkTensors(const std::string &Name, const nlohmann::ordered_json &Case,
                    const std::vector<int32_t> &Ids);
  void checkHidden(const std::string &Name, const std::vector<float> &Hidden, size_t LayersSeen);
  void checkStatistics(const std::string &Name, const nlohmann::ordered_json &Case, const float *Logits);
  void checkGreedy(const std::string &Name, const nlohmann::ordered_json &Case,
                   const std::vector<int32_t> &Ids);
  void checkPerplexity();
  /// Runs a sequence from its start and calls OnLogits(position, logits) for each position of Wanted.
  /// Hidden, if not null, gets [layers + 1] rows of the last position. Returns "" or an error.
  std::string runIds(const std::vector<int32_t> &Ids, const std::vector<bool> &Wanted,
                     std::vector<float> *Hidden, size_t &LayersSeen,
                     const std::function<void(size_t, const float *)> &OnLogits);
  /// The limit of a case for this artifact; false if there is none, which is reported as skipped.
  bool limitOf(const std::string &Name, const char *Check, double &Limit);

  const TextModel &Text;
  TextSession &Session;
  const GoldenFolder &Folder;
  EvalReport &Report;
  bool Exact;
};

} // namespace facet
#endif
