// Characters as Python's str sees them: case, white space, what repr prints as it is. Texts keep their
// origins.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_UNICODE_H
#define FACET_RUNTIME_TEXT_TEMPLATE_UNICODE_H

#include "runtime/text/template/SourcedText.h"

#include <cstdint>

namespace facet {

/// A character of a text and where the next one starts. Invalid bytes, which no checked input has, read as
/// one character each, U+FFFD, so nothing ever reads past the end.
struct Character {
  char32_t Code;
  size_t End;
};
Character characterAt(std::string_view Bytes, size_t At);
/// Where the character that ends before At (> 0) begins.
size_t characterBefore(std::string_view Bytes, size_t At);
void appendCharacter(std::string &Bytes, char32_t Code);
size_t countCharacters(std::string_view Bytes);
bool isValidUtf8(std::string_view Bytes);

bool isSpace(char32_t Code);     ///< str.isspace
bool isPrintable(char32_t Code); ///< str.isprintable
bool isCased(char32_t Code);     ///< has an upper and a lower case, as far as str.title and str.lower care

SourcedText toUpper(const SourcedText &Text);
SourcedText toLower(const SourcedText &Text);
SourcedText toTitle(const SourcedText &Text);       ///< str.title
SourcedText toCapitalized(const SourcedText &Text); ///< str.capitalize

} // namespace facet
#endif
