// Sampling: determinism, order of the filters, ties, and that draws follow the distribution.
#include "Opened.h"

#include <cmath>
#include <map>
#include <vector>

using namespace facet::test;

static Sampler make(facet_sampler_options options, int vocab) {
  facet_sampler *sampler = nullptr;
  facet_error error{};
  EXPECT_EQ(facet_sampler_create(vocab, &options, nullptr, &sampler, &error), FACET_OK) << error.message;
  return Sampler(sampler);
}

static std::map<int, int> draw(facet_sampler_options options, const std::vector<float> &logits, int count) {
  Sampler sampler = make(options, static_cast<int>(logits.size()));
  std::map<int, int> counts;
  for (int i = 0; i < count; ++i) {
    int token = -1;
    EXPECT_EQ(facet_sampler_next(sampler.get(), logits.data(), &token, nullptr), FACET_OK);
    ++counts[token];
  }
  return counts;
}

static facet_sampler_options plain(float temperature, int topK = 0, float topP = 0, float minP = 0) {
  return {sizeof(facet_sampler_options), 0, topK, temperature, topP, minP, 7};
}

TEST(Sampler, GreedyTakesTheLowestOfEquals) {
  std::vector<float> logits = {1, 3, 2, 3};
  EXPECT_EQ(draw({0, 1, 0, 1, 0, 0, 0}, logits, 5), (std::map<int, int>{{1, 5}}));
  EXPECT_EQ(draw(plain(0), logits, 5), (std::map<int, int>{{1, 5}}));
  EXPECT_EQ(draw(plain(1, 1), logits, 5), (std::map<int, int>{{1, 5}}));
}

// Lanes of 16 and what is left of them, ties in every place.
TEST(Sampler, ArgmaxIsTheFirstOfTheLargest) {
  for (int size = 1; size <= 70; ++size)
    for (int first = 0; first < size; ++first) {
      std::vector<float> logits(static_cast<size_t>(size), -3.0f);
      for (int i = first; i < size; i += 1 + first % 7)
        logits[static_cast<size_t>(i)] = -2.0f;
      ASSERT_EQ(facet_argmax(logits.data(), size), first) << size;
    }
  std::vector<float> none(40, -INFINITY);
  EXPECT_EQ(facet_argmax(none.data(), 40), 0);
}

// The best 64 of many, wherever blocks are passed over.
TEST(Sampler, TopKFindsTheBestOfALargeVocabulary) {
  std::vector<float> logits;
  for (int i = 0; i < 10007; ++i)
    logits.push_back(static_cast<float>(i * 7919 % 10007) * 1e-3f);
  facet_sampler_options options = {};
  options.temperature = 1e3f; // all but equal
  options.top_k = 64;
  for (auto [token, count] : draw(options, logits, 5000))
    EXPECT_GE(logits[static_cast<size_t>(token)], 9.9425f) << token;
}

TEST(Sampler, FollowsTheDistribution) {
  const std::vector<float> logits = {0, 1, -1, 2, 0.5f};
  const int n = 40000;
  double total = 0;
  for (float logit : logits)
    total += std::exp(logit / 0.8);
  auto counts = draw(plain(0.8f), logits, n);
  double chi = 0; // 4 degrees of freedom: above 23.5 once in 10,000 seeds
  for (size_t i = 0; i < logits.size(); ++i) {
    double expected = n * std::exp(logits[i] / 0.8) / total;
    chi += std::pow(counts[static_cast<int>(i)] - expected, 2) / expected;
  }
  EXPECT_LT(chi, 23.5);
}

// Probabilities 0.4, 0.3, 0.2, 0.1 in shuffled places.
TEST(Sampler, FiltersInOrder) {
  std::vector<float> logits = {std::log(0.2f), std::log(0.4f), std::log(0.1f), std::log(0.3f)};
  auto tokens = [&](facet_sampler_options options) {
    std::vector<int> seen;
    for (auto [token, count] : draw(options, logits, 2000))
      seen.push_back(token);
    return seen;
  };
  EXPECT_EQ(tokens(plain(1)), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(tokens(plain(1, 2)), (std::vector<int>{1, 3}));
  EXPECT_EQ(tokens(plain(1, 0, 0.69f)), (std::vector<int>{1, 3}));
  EXPECT_EQ(tokens(plain(1, 0, 0.71f)), (std::vector<int>{0, 1, 3}));
  EXPECT_EQ(tokens(plain(1, 0, 0, 0.6f)), (std::vector<int>{1, 3}));
  // After top-k 2 the best has 4/7: top-p 0.5 is reached by it alone, though it was 0.4 of all.
  EXPECT_EQ(tokens(plain(1, 2, 0.5f)), (std::vector<int>{1}));
  // Temperature comes first: at 0.25 the best has 0.72 of all.
  EXPECT_EQ(tokens(plain(0.25f, 0, 0.7f)), (std::vector<int>{1}));
}

TEST(Sampler, TopKTiesGoToTheLowestIds) {
  std::vector<float> logits(100, 1.0f);
  logits[90] = 2;
  auto counts = draw(plain(1, 3), logits, 500);
  EXPECT_EQ(counts.size(), 3u);
  EXPECT_TRUE(counts.count(0) && counts.count(1) && counts.count(90));
}

TEST(Sampler, ADrawDependsOnSeedAndNumberAlone) {
  std::vector<float> logits;
  for (int i = 0; i < 1000; ++i)
    logits.push_back(static_cast<float>(std::sin(i)));
  Sampler a = make(plain(1), 1000), b = make(plain(1), 1000);
  std::vector<int> first(50), second(50);
  for (int &token : first)
    facet_sampler_next(a.get(), logits.data(), &token, nullptr);
  for (int i = 49; i >= 0; --i) {
    facet_sampler_set_draw(b.get(), static_cast<uint64_t>(i));
    facet_sampler_next(b.get(), logits.data(), &second[static_cast<size_t>(i)], nullptr);
  }
  EXPECT_EQ(first, second);
  facet_sampler_options other = plain(1);
  other.seed = 8;
  EXPECT_NE(draw(other, logits, 50), draw(plain(1), logits, 50));
}

TEST(Sampler, RefusesWhatIsNoDistribution) {
  std::vector<float> logits = {0, NAN, 0};
  Sampler sampler = make(plain(1), 3);
  int token = -7;
  facet_error error{};
  EXPECT_EQ(facet_sampler_next(sampler.get(), logits.data(), &token, &error), FACET_BAD_ARGUMENT);
  EXPECT_STREQ(error.message, "logit 1 is nan: expected a finite number or -inf");
  logits = {-INFINITY, -INFINITY, -INFINITY};
  EXPECT_EQ(facet_sampler_next(sampler.get(), logits.data(), &token, &error), FACET_BAD_ARGUMENT);
  EXPECT_EQ(token, -7);
  logits = {-INFINITY, 1, -INFINITY};
  EXPECT_EQ(facet_sampler_next(sampler.get(), logits.data(), &token, &error), FACET_OK);
  EXPECT_EQ(token, 1);
  facet_sampler *none = nullptr;
  facet_sampler_options bad = plain(-1);
  EXPECT_EQ(facet_sampler_create(3, &bad, nullptr, &none, &error), FACET_BAD_ARGUMENT);
}

TEST(Probabilities, AreLogSoftmax) {
  std::vector<float> logits = {1, 2, 2, -INFINITY};
  double total = std::log(std::exp(1.0) + 2 * std::exp(2.0));
  EXPECT_NEAR(facet_log_probability(logits.data(), 4, 0), 1 - total, 1e-15);
  EXPECT_EQ(facet_log_probability(logits.data(), 4, 3), -INFINITY);
  EXPECT_TRUE(std::isnan(facet_log_probability(logits.data(), 4, 4)));
  int tokens[5];
  double values[5];
  ASSERT_EQ(facet_top_log_probabilities(logits.data(), 4, 2, tokens, values), 2);
  EXPECT_EQ(tokens[0], 1);
  EXPECT_EQ(tokens[1], 2);
  EXPECT_NEAR(values[1], 2 - total, 1e-15);
  EXPECT_EQ(facet_top_log_probabilities(logits.data(), 4, 5, tokens, values), 4);
  EXPECT_EQ(tokens[3], 3);
}
