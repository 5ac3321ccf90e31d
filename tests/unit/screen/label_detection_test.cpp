#include "screen/label_detection.hpp"

#include <gmock/gmock.h>

#include <map>

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::data_of;
using test::expect_error;
using test::named_options;
using testing::ElementsAre;
using testing::HasSubstr;
using Labels = std::vector<std::string>;

/// A data frame of text columns.
DataFrame frame(const std::vector<std::pair<std::string, Labels>>& columns) {
  DataFrame obs;
  for (const auto& [name, labels] : columns) {
    if (obs.index.empty())
      for (std::size_t i = 0; i < labels.size(); ++i) obs.index.push_back("c" + std::to_string(i));
    obs.add(name, labels);
  }
  return obs;
}

const KnownGenes kGenes(Labels{"KLF1", "MAP2K6", "BAK1", "RP11_34", "HLA-A"},
                        Labels{"ENSG1", "ENSG2", "ENSG3", "ENSG4", "ENSG5"});

DetectedLabels detect(const DataFrame& obs, LabelRequest request = {}) {
  request.file = "test.h5ad";
  return detect_labels(obs, kGenes, request);
}

struct Published {
  std::string name, column;
  Labels labels;  // control, KLF1, MAP2K6+KLF1 (or BAK1 where only singles are known), control again
  std::string control, separator;
};

class PublishedForms : public testing::TestWithParam<Published> {};

TEST_P(PublishedForms, AreFoundAndReadTheSame) {
  const Published& form = GetParam();
  AnnData data = data_of({"x", "x", "x", "x"});
  data.obs.columns.clear();
  data.obs.add("cell_type", Labels{"K562", "K562", "K562", "K562"});
  data.obs.add("batch", Labels{"1", "2", "1", "2"});
  data.obs.add(form.column, form.labels);
  data.var.index = {"KLF1", "MAP2K6", "BAK1", "g3"};
  const Screen screen = screen_from_anndata(std::move(data), named_options());
  EXPECT_EQ(screen.dialect.column, form.column);
  EXPECT_EQ(screen.dialect.control, form.control);
  EXPECT_EQ(screen.dialect.separator, form.separator);
  EXPECT_THAT(screen.labels_how, HasSubstr("(" + form.name + ")"));
  ASSERT_EQ(screen.regimes.size(), 3U);
  EXPECT_THAT(screen.regimes[0].cells, ElementsAre(0, 3));
  EXPECT_EQ(screen.regimes[0].label, "control");
  const bool singles_only = form.labels[2] == "BAK1";
  EXPECT_EQ(screen.regimes[singles_only ? 2 : 1].label, "KLF1");
  EXPECT_EQ(screen.regimes[singles_only ? 1 : 2].label, singles_only ? "BAK1" : "KLF1+MAP2K6");
  EXPECT_TRUE(screen.warnings.empty()) << screen.warnings.front();
}

INSTANTIATE_TEST_SUITE_P(
    Table, PublishedForms,
    testing::Values(
        Published{"PerturBench", "condition", {"control", "KLF1", "MAP2K6+KLF1", "control"}, "control", "+"},
        Published{"Norman 2019, GEARS", "condition", {"ctrl", "KLF1+ctrl", "MAP2K6+KLF1", "ctrl"}, "ctrl", "+"},
        Published{"Norman 2019, GEARS", "condition", {"ctrl", "ctrl+KLF1", "KLF1+MAP2K6", "ctrl"}, "ctrl", "+"},
        Published{"Norman 2019, CPA", "guide_ids", {"", "KLF1", "MAP2K6,KLF1", ""}, "", ","},
        Published{"Norman 2019, GEO",
                  "guide_identity",
                  {"NegCtrl0_NegCtrl0__NegCtrl0_NegCtrl0", "KLF1_NegCtrl0__KLF1_NegCtrl0", "MAP2K6_KLF1__MAP2K6_KLF1",
                   "NegCtrl10_NegCtrl0__NegCtrl10_NegCtrl0"},
                  "NegCtrl*",
                  "_"},
        Published{"scPerturb", "perturbation", {"control", "KLF1", "MAP2K6_KLF1", "control"}, "control", "_"},
        Published{"Wessels 2023", "TargetGenes", {"NT", "KLF1", "MAP2K6_KLF1", "NT"}, "NT", "_"},
        Published{"Replogle 2022", "gene", {"non-targeting", "KLF1", "BAK1", "non-targeting"}, "non-targeting", ""},
        Published{"Virtual Cell Challenge",
                  "target_gene",
                  {"non-targeting", "KLF1", "BAK1", "non-targeting"},
                  "non-targeting",
                  ""}));

TEST(DetectLabels, EachPartCanBeGivenAlone) {
  const DataFrame obs = frame(
      {{"guide", {"none", "KLF1|BAK1", "KLF1", "DMSO"}}, {"condition", {"control", "KLF1+BAK1", "KLF1", "control"}}});
  EXPECT_EQ(detect(obs).dialect.column, "condition");
  const LabelDialect guide = detect(obs, {.column = "guide", .control = "none"}).dialect;
  EXPECT_EQ(guide.control, "none");
  EXPECT_EQ(guide.separator, "|");
  EXPECT_EQ(detect(obs, {.control = "none"}).dialect.column, "guide") << "the only column with that label";
  EXPECT_EQ(detect(obs, {.separator = ","}).dialect.separator, ",");
  EXPECT_THAT(detect(obs, {.separator = ","}).how, HasSubstr("partly detected"));
}

TEST(DetectLabels, AControlWordShowsTheSeparatorWhateverTheTargetIs) {
  EXPECT_EQ(detect(frame({{"target", {"ctrl", "X1_ctrl", "X2_ctrl"}}})).dialect.separator, "_");
  EXPECT_EQ(detect(frame({{"target", {"ctrl", "X1_a", "X2_b"}}})).dialect.separator, "")
      << "nothing shows that it is one";
}

TEST(DetectLabels, ContentDecidesBetweenColumns) {
  // A column with another name counts when half of its labels are known genes.
  EXPECT_EQ(detect(frame({{"guide", {"ctrl", "KLF1", "BAK1"}}, {"drug", {"DMSO", "aspirin", "x"}}})).dialect.column,
            "guide");
  // Of two known names the one whose labels are genes.
  EXPECT_EQ(detect(frame({{"condition", {"control", "stim1", "stim2"}}, {"gene", {"non-targeting", "KLF1", "BAK1"}}}))
                .dialect.column,
            "gene");
  // The same regimes: the first name.
  EXPECT_EQ(
      detect(frame({{"perturbation", {"control", "KLF1_BAK1"}}, {"condition", {"ctrl", "BAK1+KLF1"}}})).dialect.column,
      "condition");
  expect_error<InputError>(
      [] {
        detect(frame({{"perturbation", {"control", "KLF1", "BAK1"}}, {"condition", {"ctrl", "BAK1", "BAK1"}}}));
      },
      {"'condition' and 'perturbation' both look like labels",
       "screen.label_column condition or screen.label_column perturbation"});
  expect_error<InputError>(
      [] {
        detect(frame({{"drug", {"x", "y"}}, {"donor", {"d1", "d1"}}}));
      },
      {"test.h5ad: no column of obs holds control cells and targets", "'donor': 'd1' (2 cells)", "screen.label_column",
       "screen.labels_file"});
}

TEST(DetectLabels, ControlWordsThatShareAStemBecomeAPattern) {
  const LabelDialect dialect = detect(frame({{"gene", {"NT-1", "NT-2", "NT-12", "KLF1"}}})).dialect;
  EXPECT_EQ(dialect.control, "NT*");
  EXPECT_TRUE(LabelParser(dialect).is_control("NT-7"));
  EXPECT_FALSE(LabelParser(dialect).is_control("KLF1"));
  EXPECT_EQ(detect(frame({{"gene", {"control", "control", "NT", "KLF1"}}})).dialect.control, "control,NT");
  EXPECT_EQ(detect(frame({{"gene", {"NT1", "NT2", "NT1", "NT5E", "KLF1"}}})).dialect.control, "NT1,NT2")
      << "NT* is NT5E too";
  EXPECT_EQ(detect(frame({{"gene", {"NTC_g1", "NTC_g2", "AAVS1", "safe-harbor", "KLF1"}}})).dialect.control,
            "AAVS1,NTC*,safe-harbor");
  EXPECT_EQ(detect(frame({{"gene", {"WT", "KLF1", "non-targeting"}}})).dialect.control, "non-targeting")
      << "cells without a guide are control only where no guide is";
  EXPECT_EQ(detect(frame({{"gene", {"WT", "KLF1", "WT"}}})).dialect.control, "WT");
  expect_error<InputError>(
      [] {
        detect(frame({{"gene", {"WT", "GFP", "KLF1"}}}));
      },
      {"no label looks like control", "these look like control"});
}

TEST(DetectLabels, WhatStandsForNothingIsNoControl) {
  EXPECT_EQ(detect(frame({{"gene", {"nan", "nan", "nan", "control", "KLF1"}}})).dialect.control, "control");
  expect_error<InputError>([] { detect(frame({{"gene", {"nan", "nan", "KLF1"}}})); }, {"no label looks like control"});
}

TEST(LabelParser, KnownGenesAreNotCut) {
  const LabelParser parser({"perturbation", "control", "_"}, &kGenes);
  EXPECT_THAT(parser.targets("RP11_34", ""), ElementsAre("RP11_34"));
  EXPECT_THAT(parser.targets("RP11_34_KLF1", ""), ElementsAre("KLF1", "RP11_34"));
  EXPECT_THAT(parser.targets("KLF1_RP11_34_BAK1", ""), ElementsAre("BAK1", "KLF1", "RP11_34"));
  EXPECT_THAT(parser.targets("RP11_35", ""), ElementsAre("35", "RP11")) << "not known: cut";
  EXPECT_THAT(parser.targets("ENSG1_ENSG3", ""), ElementsAre("BAK1", "KLF1")) << "ids become symbols";
  KnownGenes versions(Labels{"KLF1"}, Labels{"KLF1"});
  versions.add_ids({"KLF1"}, {"ENSG00000105610.5"});
  EXPECT_THAT(LabelParser({"gene", "control", ""}, &versions).targets("ENSG00000105610", ""), ElementsAre("KLF1"));
  EXPECT_THAT(parser.targets("BAK1_KLF1_BAK1", ""), ElementsAre("BAK1", "KLF1"));
}

TEST(LabelParser, DoubledLabelsWhoseHalvesDifferAreMissing) {
  const LabelParser parser({"guide_identity", "NegCtrl*", "_", true}, &kGenes);
  EXPECT_TRUE(parser.is_missing("KLF1_BAK1__KLF1_MAP2K6"));
  EXPECT_TRUE(parser.is_missing(""));
  EXPECT_TRUE(LabelParser({"gene", "control", ""}).is_missing("NaN"));
  EXPECT_FALSE(LabelParser({"gene", "nan", ""}).is_missing("nan")) << "it is control's word";
  EXPECT_FALSE(parser.is_missing("KLF1_BAK1__KLF1_BAK1"));
  EXPECT_THAT(parser.targets("KLF1_BAK1__KLF1_BAK1", ""), ElementsAre("BAK1", "KLF1"));
  EXPECT_TRUE(parser.is_control("NegCtrl3_NegCtrl0__NegCtrl3_NegCtrl0"));
  EXPECT_FALSE(parser.is_control("KLF1_NegCtrl0__KLF1_NegCtrl0"));
}

TEST(MissingLabels, AreAnErrorOrLeftOutWithTheirCells) {
  const std::vector<std::vector<float>> rows{{1, 0}, {0, 2}, {3, 4}, {5, 0}};
  AnnData data = data_of({"control", "", "A", "control"}, rows);
  data.obs.add("fold", Labels{"train", "test", "test", "train"});
  ScreenOptions options = named_options();
  options.missing_labels = "drop";
  const Screen screen = screen_from_anndata(std::move(data), options, {"fold"});
  EXPECT_THAT(screen.cells, ElementsAre("c0", "c2", "c3"));
  EXPECT_THAT(screen.kept.at("fold"), ElementsAre("train", "test", "train"));
  EXPECT_EQ(screen.n_cells(), 3);
  EXPECT_THAT(screen.x.values, ElementsAre(1, 3, 4, 5));
  EXPECT_THAT(screen.x.indptr, ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(screen.regimes[0].cells, ElementsAre(0, 2));
  EXPECT_THAT(screen.warnings, testing::Contains(HasSubstr("1 of 4 cells have no label and are left out")));
  expect_error<InputError>(
      [&] {
        screen_from_anndata(data_of({"control", "", "A"}), named_options());
      },
      {"cell 'c1' has no label (1 such cells in all: '' (1 cells))", "screen.missing_labels drop"});
  expect_error<InputError>(
      [&] {
        screen_from_anndata(data_of({"control", "NaN", "A"}), named_options());
      },
      {"cell 'c1' has no label (1 such cells in all: 'NaN' (1 cells))", "screen.missing_labels drop"});
  expect_error<InputError>(
      [&] {
        screen_from_anndata(data_of({"control", "*", "A", "multiplet"}), named_options());
      },
      {"cell 'c1' has no label (2 such cells in all: '*' (1 cells), 'multiplet' (1 cells))"});
  AnnData doubled = data_of({"NegCtrl0_NegCtrl0__NegCtrl0_NegCtrl0", "A_B__A_C", "A_B__A_B", "A_C__A_C"});
  doubled.obs.columns[0].first = "guide_identity";
  expect_error<InputError>([&] { screen_from_anndata(std::move(doubled), named_options()); },
                           {"cell 'c1': the two halves of 'A_B__A_C' differ (1 such cells",
                            "screen.missing_labels drop"});
}

/// Labels by regime: "KLF1: a, b".
std::map<std::string, std::vector<std::string>> regimes_of(const Labels& labels,
                                                           ScreenOptions options = named_options(),
                                                           const std::string& column = "condition") {
  AnnData data = data_of(labels, {}, 5);
  data.obs.columns[0].first = column;
  data.var.index = {"KLF1", "MAP2K6", "BAK1", "HLA-A", "NKX2-1"};
  const Screen screen = screen_from_anndata(std::move(data), options);
  std::map<std::string, std::vector<std::string>> result;
  for (const Regime& regime : screen.regimes)
    for (const std::int64_t cell : regime.cells) result[regime.label].push_back(labels[static_cast<std::size_t>(cell)]);
  return result;
}

TEST(Guides, BecomeTheirTargets) {
  const auto regimes = regimes_of(
      {"NTC_g1", "KLF1_g1", "KLF1_g2", "sgBAK1_1", "NTC_g2", "KLF1_g1|BAK1_g2", "NTC_g1|BAK1_g1", "HLA-A", "NKX2-1_3"});
  EXPECT_THAT(regimes.at("control"), ElementsAre("NTC_g1", "NTC_g2"));
  EXPECT_THAT(regimes.at("KLF1"), ElementsAre("KLF1_g1", "KLF1_g2"));
  EXPECT_THAT(regimes.at("BAK1"), ElementsAre("sgBAK1_1", "NTC_g1|BAK1_g1"));
  EXPECT_THAT(regimes.at("BAK1+KLF1"), ElementsAre("KLF1_g1|BAK1_g2"));
  EXPECT_THAT(regimes.at("HLA-A"), ElementsAre("HLA-A"));
  EXPECT_THAT(regimes.at("NKX2-1"), ElementsAre("NKX2-1_3"));
  EXPECT_EQ(regimes.size(), 6U);
  ScreenOptions none = named_options();
  none.guides = "none";
  EXPECT_EQ(regimes_of({"control", "KLF1_1", "KLF1_2"}, none).size(), 3U);
  ScreenOptions expression = named_options();
  expression.guides = "(.+)~[a-z]+";
  EXPECT_EQ(regimes_of({"control", "X~a", "X~b", "Y~a"}, expression).at("X").size(), 2U);
}

TEST(Guides, OfTargetsThatAreNotMeasuredAreSeenByTheirNumber) {
  const auto regimes = regimes_of({"NTg1", "FOOg1", "FOOg2", "BARg1", "BARg2", "BAZg1", "BAZg2", "NTg2"});
  EXPECT_EQ(regimes.at("FOO").size(), 2U);
  EXPECT_EQ(regimes.at("control").size(), 2U);
  EXPECT_EQ(regimes.size(), 4U);
  EXPECT_EQ(regimes_of({"control", "NKX3-1", "NKX3-2", "FOO", "BAR", "BAZ", "QUX"}).size(), 7U)
      << "two of many labels are no guides";
  EXPECT_EQ(regimes_of({"control", "NKX3-1", "NKX3-2", "ABC2-1", "ABC2-2", "FOO", "BAR", "BAZ", "QUX", "QUZ"}).size(),
            10U)
      << "nor are four of nine";
}

TEST(Guides, OfPairsAreNotTakenForOne) {
  const auto pairs = regimes_of({"non-targeting_00021", "KLF1_+_23278711.23-P1P2|BAK1_-_23278712.23-P1P2",
                                 "KLF1_+_23278711.23-P1P2", "KLF1_+_23278711.23-P1P2|non-targeting_00022"});
  EXPECT_THAT(pairs.at("BAK1+KLF1"), ElementsAre("KLF1_+_23278711.23-P1P2|BAK1_-_23278712.23-P1P2"));
  EXPECT_EQ(pairs.at("KLF1").size(), 2U);
  const auto forms = regimes_of({"NTC_sgRNA2", "NTC_sgRNA1", "KLF1_sgRNA1", "BAK1_sgRNA2"});
  EXPECT_EQ(forms.at("control").size(), 2U);
  const auto plasmids = regimes_of({"non-targeting_pDS22", "KLF1_pDS261"});
  EXPECT_EQ(plasmids.at("control").size(), 1U);
  const auto combined = regimes_of({"NTC_1+NTC_2", "KLF1+NTC_1", "KLF1+BAK1", "NTC_2+BAK1"});
  EXPECT_THAT(combined.at("control"), ElementsAre("NTC_1+NTC_2"));
  EXPECT_EQ(combined.at("KLF1").size(), 1U);
}

TEST(Separators, AHyphenCutsOnlyWhatIsKnown) {
  const auto regimes = regimes_of({"control", "KLF1-BAK1", "HLA-A-NKX2-1", "HLA-A", "KLF1"});
  EXPECT_THAT(regimes.at("HLA-A+NKX2-1"), ElementsAre("HLA-A-NKX2-1"));
  EXPECT_EQ(regimes.at("BAK1+KLF1").size(), 1U);
  const auto mostly_unknown = regimes_of({"control", "KLF1-BAK1", "NKX3-1", "ZZ-3", "YY-A", "XX-B"});
  EXPECT_EQ(mostly_unknown.size(), 6U);
  EXPECT_TRUE(mostly_unknown.contains("KLF1-BAK1")) << "most of what a hyphen cuts is not known";
  EXPECT_TRUE(mostly_unknown.contains("NKX3-1"));
}

TEST(Guides, PlasmidsAndUnlabelledCells) {
  ScreenOptions drop = named_options();
  drop.missing_labels = "drop";
  const auto regimes = regimes_of({"control", "KLF1_pDS260", "*", "BAK1_pDS261", "", "control"}, drop, "perturbation");
  EXPECT_EQ(regimes.size(), 3U) << "no second target is invented";
  EXPECT_EQ(regimes.at("KLF1").size(), 1U);
  drop.control = "62(mod)_pBA581";
  const auto adamson = regimes_of({"62(mod)_pBA581", "KLF1_pDS260", "*", "BAK1_pDS261"}, drop, "perturbation");
  EXPECT_THAT(adamson.at("control"), ElementsAre("62(mod)_pBA581"));
  EXPECT_EQ(adamson.size(), 3U);
}

TEST(Separators, AreTakenOnlyWherePiecesAreKnown) {
  const auto drugs =
      regimes_of({"control", "2i (LIF+MEKi)", "(+)-JQ1", "IL-1b & <TNF>", "Dox/5-FU"}, named_options(), "perturbation");
  EXPECT_EQ(drugs.size(), 5U);
  EXPECT_TRUE(drugs.contains("IL-1b & <TNF>"));
  EXPECT_TRUE(drugs.contains("Dox/5-FU"));
  // control's own names show nothing
  EXPECT_EQ(detect(frame({{"target", {"non_targeting", "non", "targeting", "X_a"}}}), {.control = "non_targeting"})
                .dialect.separator,
            "");
  // combinations of targets that never stand alone
  EXPECT_EQ(detect(frame({{"target", {"ctrl", "X|Y", "X|Z", "Y|Z"}}})).dialect.separator, "|");
}

TEST(ControlWords, SeveralAndPatternsCanBeGiven) {
  ScreenOptions options = named_options();
  options.control = "non-targeting*,safe*,AAVS1";
  const auto regimes = regimes_of({"non-targeting_1", "safe-1", "AAVS1", "KLF1", "NT"}, options);
  EXPECT_EQ(regimes.at("control").size(), 3U);
  EXPECT_EQ(regimes.at("NT").size(), 1U) << "what was given rules";
}

TEST(ControlWords, ATargetCalledControlIsRefused) {
  ScreenOptions options = named_options();
  options.control = "NT";
  expect_error<InputError>(
      [&] {
        regimes_of({"NT", "control", "KLF1"}, options);
      },
      {"label 'control' has the target 'control', but control is 'NT'", "screen.control 'NT,control'"});
  options.control = "NT,control";
  EXPECT_EQ(regimes_of({"NT", "control", "KLF1"}, options).at("control").size(), 2U);
}

TEST(LabelKinds, AreCountedWithExamples) {
  AnnData data = data_of({"NTg1", "KLF1g1", "KLF1g2", "KLF1g1|BAK1g1", "NTg1|KLF1g1", "NTg1", "KLF1g1"}, {}, 2);
  data.var.index = {"KLF1", "BAK1"};
  const Screen screen = screen_from_anndata(std::move(data), named_options());
  ASSERT_EQ(screen.label_kinds.size(), 4U);
  EXPECT_EQ(screen.label_kinds[0].kind, "guides");
  EXPECT_EQ(screen.label_kinds[0].n_labels, 4);
  EXPECT_EQ(screen.label_kinds[0].n_cells, 5);
  EXPECT_THAT(screen.label_kinds[0].examples,
              ElementsAre("KLF1g1 → KLF1", "KLF1g1|BAK1g1 → BAK1+KLF1", "KLF1g2 → KLF1"));
  EXPECT_EQ(screen.label_kinds[1].kind, "combinations");
  EXPECT_EQ(screen.label_kinds[2].kind, "control");
  EXPECT_EQ(screen.label_kinds[2].n_cells, 2);
  EXPECT_EQ(screen.label_kinds[3].kind, "beside control");
  EXPECT_THAT(screen.label_kinds[3].examples, ElementsAre("NTg1|KLF1g1 → KLF1"));
  EXPECT_TRUE(screen.labels_are_guides);
}

TEST(Resolved, KeepsWhatWasFound) {
  AnnData data = data_of({"", "A", "B,A", ""});
  data.obs.columns[0].first = "guide_ids";
  const Screen screen = screen_from_anndata(std::move(data), named_options());
  const ScreenOptions options = resolved(named_options(), screen);
  EXPECT_EQ(options.label_column, "guide_ids");
  EXPECT_EQ(options.control, "");
  EXPECT_EQ(options.separator, ",");
}

// Combinations of targets that are neither measured nor stand alone: "_" is cut only where a network knows them.
TEST(DetectLabels, TargetsThatAreNotMeasuredAreKnownByNetworks) {
  const DataFrame obs = frame({{"condition", {"FOXA1_FOXA2", "CEBPA_SPI1", "NT", "SPI1_FOXA1"}}});
  KnownGenes genes(Labels{"ACTB"}, Labels{});
  EXPECT_EQ(detect_labels(obs, genes, {}).dialect.separator, "");
  genes.add_unmeasured({"FOXA1", "FOXA2", "CEBPA", "SPI1"});
  const DetectedLabels labels = detect_labels(obs, genes, {});
  EXPECT_EQ(labels.dialect.separator, "_");
  EXPECT_THAT(LabelParser(labels.dialect, &genes, labels.names).targets("FOXA1_FOXA2", ""),
              ElementsAre("FOXA1", "FOXA2"));
}

TEST(DetectLabels, SymbolsWithTheSeparatorAreKnownByNetworks) {
  const DataFrame obs = frame({{"condition", {"KLF1-BAK1", "HLA-B", "NKX2-1-KLF1", "NT", "KLF1", "BAK1"}}});
  KnownGenes genes = kGenes;
  genes.add_unmeasured({"HLA-B", "NKX2-1"});
  const DetectedLabels labels = detect_labels(obs, genes, {});
  const LabelParser parser(labels.dialect, &genes, labels.names);
  EXPECT_THAT(parser.targets("HLA-B", ""), ElementsAre("HLA-B"));
  EXPECT_THAT(parser.targets("NKX2-1-KLF1", ""), ElementsAre("KLF1", "NKX2-1"));
}

}  // namespace
}  // namespace gracevae::impl
