// Reads templates from artifacts, checkpoints and plain files.
#include "tools/template_source.h"

#include "runtime/artifact_format.h"
#include "runtime/text/Json.h"
#include "tools/artifact_section.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>

using namespace facet;

namespace {

TemplateSource failed(std::string Message) {
  TemplateSource Source;
  Source.Error = std::move(Message);
  return Source;
}

bool isDirectory(const std::string &Path) {
  struct stat Info;
  return stat(Path.c_str(), &Info) == 0 && S_ISDIR(Info.st_mode);
}

bool exists(const std::string &Path) {
  struct stat Info;
  return stat(Path.c_str(), &Info) == 0;
}

/// The special tokens of a tokenizer_config.json; false with Error set.
bool readTokens(const std::string &Path, SpecialTokens &Tokens, std::string &Error) {
  std::string Bytes;
  if (!readWholeFile(Path, FACET_MAX_TOKENIZER_CONFIG_BYTES, Bytes, Error))
    return false;
  TemplateResult<TemplateValue> Config = parseJson(Bytes, Origin::Template);
  if (!Config || !Config->is(ValueKind::Dict)) {
    Error = Path + ": " + (Config ? "expected an object" : Config.error().describe());
    return false;
  }
  Tokens = specialTokensOf(*Config);
  return true;
}

/// The bytes of a section, copied, so that the file may change afterwards. False with Error set.
bool readSection(const std::string &Path, unsigned Kind, size_t MaxBytes, std::string &Bytes,
                 std::string &Error) {
  ArtifactSection Section = mapArtifactSection(Path, Kind);
  if (!Section)
    Error = Section.error();
  else if (Section.size() > MaxBytes)
    Error = Path + ": section " + std::to_string(Kind) + ": expected at most " + std::to_string(MaxBytes) +
            " bytes, found " + std::to_string(Section.size());
  else if (Section.size() > 0)
    Bytes.assign(static_cast<const char *>(Section.data()), Section.size());
  return Error.empty();
}
} // namespace

bool facet::readWholeFile(const std::string &Path, size_t MaxBytes, std::string &Bytes, std::string &Error) {
  bool Standard = Path == "-";
  std::string Name = Standard ? "standard input" : Path;
  std::FILE *File = Standard ? stdin : std::fopen(Path.c_str(), "rb");
  if (!File) {
    Error = Name + ": " + std::strerror(errno);
    return false;
  }
  char Buffer[1 << 16];
  while (size_t Count = std::fread(Buffer, 1, sizeof Buffer, File)) {
    Bytes.append(Buffer, Count);
    if (Bytes.size() > MaxBytes) {
      Error = Name + ": expected at most " + std::to_string(MaxBytes) + " bytes, found more";
      break;
    }
  }
  if (Error.empty() && std::ferror(File))
    Error = Name + ": " + std::strerror(errno);
  if (!Standard)
    std::fclose(File);
  return Error.empty();
}

TemplateSource facet::loadTemplateFromArtifact(const std::string &Path) {
  TemplateSource Source;
  Source.Path = Path;
  std::string Metadata;
  if (!readSection(Path, FACET_SECTION_TEMPLATE, Template::MaxSourceBytes, Source.Text, Source.Error) ||
      !readSection(Path, FACET_SECTION_METADATA, FACET_MAX_TOKENIZER_CONFIG_BYTES, Metadata, Source.Error))
    return Source;
  if (Source.Text.empty())
    return failed(Path + ": expected a chat template, found none; compile it from a checkpoint that has a "
                         "chat_template.jinja, or name a template file");
  TemplateResult<TemplateValue> Parsed = parseJson(Metadata, Origin::Template);
  if (!Parsed)
    return failed(Path + ": metadata: " + Parsed.error().describe());
  const TemplateValue *Tokens =
      Parsed->is(ValueKind::Dict) ? Parsed->asDict().find("special_tokens") : nullptr;
  if (!Tokens || !Tokens->is(ValueKind::Dict))
    return failed(Path +
                  ": metadata: expected an object \"special_tokens\", found none; compile the model again");
  Source.Tokens = specialTokensOf(*Tokens);
  return Source;
}

TemplateSource facet::loadTemplateFromCheckpoint(const std::string &Directory) {
  TemplateSource Source;
  Source.Path = Directory + "/chat_template.jinja";
  if (!exists(Source.Path))
    return failed(Source.Path +
                  ": expected a checkpoint's chat template, found no such file; name a template file");
  if (readWholeFile(Source.Path, Template::MaxSourceBytes, Source.Text, Source.Error))
    readTokens(Directory + "/tokenizer_config.json", Source.Tokens, Source.Error);
  return Source;
}

TemplateSource facet::loadTemplateFile(const std::string &Path) {
  TemplateSource Source;
  Source.Path = Path;
  if (!readWholeFile(Path, Template::MaxSourceBytes, Source.Text, Source.Error))
    return Source;
  size_t Slash = Path.rfind('/');
  std::string Config = (Slash == Path.npos ? "" : Path.substr(0, Slash + 1)) + "tokenizer_config.json";
  if (exists(Config))
    readTokens(Config, Source.Tokens, Source.Error);
  else
    Source.Tokens = {{"bos_token", "<bos>"}, {"eos_token", "<eos>"}};
  return Source;
}

TemplateSource facet::loadTemplate(const std::string &Path) {
  if (isDirectory(Path))
    return loadTemplateFromCheckpoint(Path);
  if (Path.ends_with(".jinja"))
    return loadTemplateFile(Path);
  if (!exists(Path))
    return failed(Path + ": " + std::strerror(ENOENT));
  return loadTemplateFromArtifact(Path);
}
