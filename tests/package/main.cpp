// Prints the canonical form of the label "B+A": A+B.
#include <cstdio>

#include "screen/labels.hpp"

int main() { std::puts(gracevae::label_of(gracevae::parse_label("B+A", {}, "main.cpp")).c_str()); }
