// Lines from standard input, edited by libedit on a terminal. History is kept in
// $XDG_STATE_HOME/facet/chat_history (~/.local/state without it), readable by its owner alone.
#include "tools/line_editor.h"
#include "tools/interrupts.h"

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <histedit.h>
#include <sys/stat.h>
#include <unistd.h>

namespace facet {

namespace {

std::string historyFile() {
  const char *State = std::getenv("XDG_STATE_HOME"), *Home = std::getenv("HOME");
  std::string Folder = State && *State == '/' ? State
                       : Home && *Home        ? std::string(Home) + "/.local/state"
                                              : "";
  if (Folder.empty())
    return "";
  for (size_t Slash = 1; Slash != std::string::npos; Slash = Folder.find('/', Slash + 1))
    mkdir(Folder.substr(0, Slash).c_str(), 0700);
  mkdir(Folder.c_str(), 0700);
  Folder += "/facet";
  mkdir(Folder.c_str(), 0700); // where one of them fails, there is no file to read or write
  return Folder + "/chat_history";
}

} // namespace

struct LineEditor::Terminal {
  explicit Terminal(const std::string &Prompt) : Prompt(Prompt), File(historyFile()) {
    std::setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1)
      std::setlocale(LC_CTYPE, "C.UTF-8"); // models speak UTF-8
    Edit = el_init("facet", stdin, stdout, stderr);
    Past = history_init();
    HistEvent Event;
    history(Past, &Event, H_SETSIZE, 1000);
    history(Past, &Event, H_SETUNIQUE, 1);
    history(Past, &Event, H_LOAD, File.c_str());
    el_set(Edit, EL_CLIENTDATA, this);
    el_set(
        Edit, EL_PROMPT, +[](EditLine *E) {
          Terminal *Self = nullptr;
          el_get(E, EL_CLIENTDATA, &Self);
          return Self->Prompt.data();
        });
    el_set(Edit, EL_EDITOR, "emacs");
    el_set(Edit, EL_HIST, history, Past);
    el_source(Edit, nullptr); // the user's ~/.editrc
    // Ctrl-C is a key: a signal could come just before the read that it is to end.
    el_set(Edit, EL_SETTY, "-d", "-isig", nullptr);
    el_set(
        Edit, EL_ADDFN, "facet-drop", "drop the line", +[](EditLine *E, int) -> unsigned char {
          Terminal *Self = nullptr;
          el_get(E, EL_CLIENTDATA, &Self);
          Self->Dropped = true;
          return CC_NEWLINE;
        });
    el_set(Edit, EL_BIND, "^C", "facet-drop", nullptr);
  }
  ~Terminal() {
    el_end(Edit);
    history_end(Past);
  }
  void remember(const std::string &Line) {
    HistEvent Event;
    history(Past, &Event, H_ENTER, Line.c_str());
    if (File.empty())
      return;
    const mode_t Mask = umask(077);
    history(Past, &Event, H_SAVE, File.c_str());
    umask(Mask);
  }

  std::string Prompt, File;
  EditLine *Edit;
  History *Past;
  bool Dropped = false;
};

LineEditor::LineEditor(std::string Prompt) : Prompt(std::move(Prompt)) {
  if (isatty(STDIN_FILENO))
    Edit = std::make_unique<Terminal>(this->Prompt);
}

LineEditor::~LineEditor() = default;

LineEditor::Result LineEditor::readOne(std::string &Line) {
  if (!Edit) {
    char *Bytes = nullptr;
    size_t Capacity = 0;
    const ssize_t Count = getline(&Bytes, &Capacity, stdin);
    Line.assign(Bytes ? Bytes : "", Count > 0 ? static_cast<size_t>(Count) : 0);
    std::free(Bytes);
    return Count > 0 ? Result::Line : Result::End;
  }
  int Count = 0;
  Edit->Dropped = false;
  const char *Bytes = el_gets(Edit->Edit, &Count);
  watchInterrupts(); // from now on Ctrl-C is for the answer
  if (Edit->Dropped) {
    std::fputs("\n", stdout);
    return Result::Interrupted;
  }
  if (!Bytes || Count <= 0)
    return Result::End;
  Line.assign(Bytes, static_cast<size_t>(Count));
  return Result::Line;
}

LineEditor::Result LineEditor::read(std::string &Line) {
  Line.clear();
  for (;;) {
    std::string Piece;
    if (Result R = readOne(Piece); R != Result::Line)
      return R == Result::End && !Line.empty() ? Result::Line : R;
    while (Piece.ends_with('\n') || Piece.ends_with('\r'))
      Piece.pop_back();
    Line += Piece;
    if (!Line.ends_with('\\'))
      break;
    Line.back() = '\n';
  }
  if (Edit && Line.find_first_not_of(" \t\n") != std::string::npos)
    Edit->remember(Line);
  return Result::Line;
}

} // namespace facet
