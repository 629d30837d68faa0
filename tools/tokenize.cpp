// facet tokenize: reads text from standard input and writes token ids, or the reverse with --decode. The
// tokenizer comes from a compiled model or, built on the spot, from a checkpoint's tokenizer.json.
#include "frontend/tokenizer/TokenizerBuilder.h"
#include "runtime/artifact_format.h"
#include "runtime/limits.h"
#include "runtime/text/tokenizer/Decoder.h"
#include "runtime/text/tokenizer/Encoder.h"
#include "tools/artifact_section.h"
#include "tools/command/model_path.h"
#include "tools/command/values.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace {

using namespace facet;
using namespace facet::command;

int fail(Exit Code, const std::string &Message) {
  std::fprintf(stderr, "facet tokenize: %s\n", Message.c_str());
  return Code;
}

/// Appends a stream to Bytes; false on a read error, with errno.
bool readAll(std::FILE *Stream, std::string &Bytes) {
  char Buffer[1 << 16];
  while (size_t Count = std::fread(Buffer, 1, sizeof(Buffer), Stream))
    Bytes.append(Buffer, Count);
  return !std::ferror(Stream);
}

bool readFile(const std::string &Path, std::string &Bytes) {
  std::FILE *File = std::fopen(Path.c_str(), "rb");
  if (!File)
    return false;
  bool Good = readAll(File, Bytes);
  int Error = errno;
  std::fclose(File);
  errno = Error;
  return Good;
}

/// A JSON string. Text is UTF-8.
std::string jsonString(std::string_view Text) {
  std::string Json = "\"";
  for (char C : Text) {
    if (C == '"' || C == '\\')
      (Json += '\\') += C;
    else if (static_cast<unsigned char>(C) < 0x20) {
      char Escape[8];
      std::snprintf(Escape, sizeof(Escape), "\\u%04x", static_cast<unsigned>(C));
      Json += Escape;
    } else
      Json += C;
  }
  return Json + '"';
}

int write(const std::string &Output) {
  if (std::fwrite(Output.data(), 1, Output.size(), stdout) != Output.size() || std::fflush(stdout) != 0)
    return fail(BadInput, std::string("standard output: ") + std::strerror(errno));
  return Ok;
}

int encodeInput(const Tokenizer &T, const std::string &Input, bool Json) {
  auto Ids = Encoder(T).encode(Input);
  if (!Ids)
    return fail(BadInput, "standard input: " + Ids.error().Message);
  std::string Numbers, Tokens;
  for (uint32_t Id : *Ids) {
    Numbers += (Numbers.empty() ? "" : Json ? ", " : " ") + std::to_string(Id);
    if (Json)
      Tokens += (Tokens.empty() ? "" : ", ") + jsonString(T.text(Id));
  }
  return write(Json ? "{\"ids\": [" + Numbers + "], \"tokens\": [" + Tokens + "]}\n" : Numbers + "\n");
}

int decodeInput(const Tokenizer &T, const std::string &Input, bool Json) {
  std::vector<uint32_t> Ids;
  for (size_t I = 0; I < Input.size();) {
    if (std::strchr(" \t\r\n,[]", Input[I]) && Input[I]) {
      ++I;
      continue;
    }
    size_t Begin = I;
    uint64_t Id = 0;
    for (; I < Input.size() && Input[I] >= '0' && Input[I] <= '9'; ++I)
      Id = std::min<uint64_t>(Id * 10 + static_cast<uint64_t>(Input[I] - '0'), UINT32_MAX);
    if (I == Begin || Id >= FACET_MAX_TOKEN_IDS)
      return fail(BadInput, "standard input: byte " + std::to_string(Begin) + ": expected a token id below " +
                                std::to_string(FACET_MAX_TOKEN_IDS) + ", found " +
                                jsonString(Input.substr(Begin, 20)));
    Ids.push_back(static_cast<uint32_t>(Id));
  }
  std::string Text = decode(T, Ids);
  return write(Json ? "{\"text\": " + jsonString(Text) + "}\n" : Text);
}

int run(std::string Model, bool Decode, bool Json) {
  if (std::string Problem = findModel(Model); !Problem.empty())
    return fail(BadInput, Problem);
  struct stat Info;
  if (stat(Model.c_str(), &Info) != 0)
    return fail(BadInput,
                Model + ": " + std::strerror(errno) + "; expected a .facet file or a checkpoint's directory");
  std::vector<uint8_t> Built;
  ArtifactSection Section;
  const void *Tables;
  size_t Size;
  if (S_ISDIR(Info.st_mode)) {
    std::string Path = Model + "/tokenizer.json", Source, ConfigPath = Model + "/tokenizer_config.json",
                Config;
    if (!readFile(Path, Source))
      return fail(BadInput, Path + ": " + std::strerror(errno) + "; expected a checkpoint's directory");
    TokenizerBuildOptions Options;
    if (readFile(ConfigPath, Config)) {
      auto Extra = readExtraSpecialTokens(Config, ConfigPath);
      if (!Extra)
        return fail(BadInput, Extra.error().describe());
      Options.ExtraSpecialTokens = std::move(*Extra);
    } else if (errno != ENOENT) {
      return fail(BadInput, ConfigPath + ": " + std::strerror(errno));
    }
    auto Result = buildTokenizerTables(Source, Path, Options);
    if (!Result)
      return fail(BadInput, Result.error().describe());
    Built = std::move(*Result);
    Tables = Built.data();
    Size = Built.size();
  } else {
    exitWhenShrunk(Model);
    Section = mapArtifactSection(Model, FACET_SECTION_TOKENIZER);
    if (!Section)
      return fail(BadInput, Section.error());
    Tables = Section.data();
    Size = Section.size();
  }
  auto T = Tokenizer::open(Tables, Size);
  if (!T)
    return fail(BadInput, Model + ": " + T.error().Message + "; the file is damaged, or of another version");
  std::string Input;
  if (!readAll(stdin, Input))
    return fail(BadInput, std::string("standard input: ") + std::strerror(errno));
  return Decode ? decodeInput(*T, Input, Json) : encodeInput(*T, Input, Json);
}

} // namespace

int main(int Count, char **Arguments) {
  std::string Model;
  bool Decode = false, Json = false;
  const Command Table = {
      .Verb = "tokenize",
      .Description =
          "Writes the token ids of the text on standard input, separated by spaces, on one line. Special "
          "tokens such as <bos> are recognised in the text; none are added.",
      .Arguments = {{file(Model, "MODEL"),
                     "a .facet file, a directory with a checkpoint's tokenizer.json, or a Hugging Face id"}},
      .Options =
          {{"--decode",
            flag(Decode),
            "read ids, separated by white space or commas, and write their text, special tokens included, "
            "without a newline after it",
            {"-d"}},
           {"--json", flag(Json),
            "write {\"ids\": [...], \"tokens\": [...]}, or {\"text\": \"...\"} with --decode"}},
      .Input = "INPUT",
      .Surplus = "the text is read from standard input",
      .Examples = {{"echo \"Hello\" | facet tokenize model.facet", "the ids of a line"}},
  };
  if (std::optional<int> Status = parse(Table, Count, Arguments))
    return *Status;
  try {
    return run(Model, Decode, Json);
  } catch (const std::exception &Error) {
    return fail(Internal, Error.what());
  }
}
