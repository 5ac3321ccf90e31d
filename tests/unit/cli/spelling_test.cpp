#include "cli/spelling.hpp"

#include <gtest/gtest.h>

namespace gracevae::cli {
namespace {

TEST(Spelling, KeysBecomeFlags) {
  EXPECT_EQ(flag_of("train.batch_size"), "--batch-size");
  EXPECT_EQ(with_flags("lower train.batch_size, or give screen.gene_column."),
            "lower --batch-size, or give --gene-column.");
  EXPECT_EQ(with_flags("(train.epochs: 'x' is not a whole number)"), "(--epochs: 'x' is not a whole number)");
  EXPECT_EQ(with_flags("name its file with screen.file"), "name its file with SCREEN");
}

TEST(Spelling, PathsAndOtherWordsStay) {
  for (const char* text : {"", "no such key train.nothing", "/data/train.epochs", "train.epochs/x", "my-train.epochs",
                           "train.epochs-old", "model.safetensors: cannot be read", "…"})
    EXPECT_EQ(with_flags(text), text);
}

}  // namespace
}  // namespace gracevae::cli
