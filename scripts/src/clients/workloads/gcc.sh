# Two programs, generated, compiled, assembled, linked and run: one in C with many functions, one in C++ with
# many templates (the compiler for C++ is part of what `scripts/clients` needs).
set -eu
awk 'BEGIN {
  print "#include <stdio.h>\n#include <string.h>\nstruct s { int a[8]; double d; char text[32]; };"
  for (f = 0; f < 400; f++) {
    print "static int f" f "(struct s *s, int n) {\n  int sum = n;"
    print "  for (int i = 0; i < n % " f % 17 + 3 "; i++) { s->a[i % 8] += i * " f "; sum ^= s->a[(i + " f ") % 8] << (i % 5); }"
    print "  switch (sum % 7) { case 0: sum += n; break; case 1: snprintf(s->text, sizeof s->text, \"%d\", sum); break;"
    print "  case 2: s->d *= 1.5; break; case 3: sum -= (int)strlen(s->text); break; default: sum = -sum; }"
    if (f > 0) print "  if (n > 1 && n % 3 == " f % 3 ") sum += f" f - 1 "(s, n / 2);"
    print "  return sum;\n}"
  }
  print "int main(void) {\n  struct s s = { { 1, 2, 3, 4, 5, 6, 7, 8 }, 1.0, \"x\" };\n  unsigned sum = 0;"
  for (f = 0; f < 400; f++) print "  sum = sum * 31 + (unsigned)f" f "(&s, " f * 13 % 101 ");"
  print "  printf(\"%u %s\\n\", sum, s.text);\n  return 0;\n}"
}' >program.c
gcc -std=gnu99 -O2 -Wall -Wextra -fwrapv -c program.c -o program.o
gcc program.o -o program
./program
gcc -std=gnu99 -O0 -g -fwrapv program.c -o debug
./debug
cat >templates.cc <<'END'
#include <algorithm>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <tuple>
#include <vector>
template <int N> struct Level { std::map<std::string, std::vector<std::tuple<int, long, std::string>>> map; Level<N - 1> below;
  int size() const { return static_cast<int>(map.size()) + below.size(); } };
template <> struct Level<0> { int size() const { return 1; } };
int main() {
  Level<40> levels;
  levels.map["one"].emplace_back(1, 2L, "three");
  std::vector<std::string> words;
  std::string text("the heap of the program is the heap of the threads");
  std::regex word("[a-z]+");
  for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) words.push_back(at->str());
  std::sort(words.begin(), words.end());
  for (const auto &w : words) std::cout << w << ' ';
  std::cout << levels.size() << '\n';
}
END
g++ -std=c++17 -O2 templates.cc -o templates
./templates
cksum program.o program templates
