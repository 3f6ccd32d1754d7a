/* May one filter let something pass that another one does not? */
#include "compiler.h"

/*
 * A case of the one that permits and a case of the other that does not: if there are arguments for
 * which both are what is done, something is gained. Their conditions then all hold, and of every
 * case that comes before either of them one does not. So one is chosen of each, in all ways, until
 * nothing is known that the conditions contradict. Contradictions are looked for in each word of
 * the arguments alone; what is not seen to be one, or takes too long, is taken for a gain.
 */
#define TRIES_MAX 4096
#define CLAIMS_MAX 128

/* That a condition holds, or that it does not. */
struct claim {
	const struct filter_condition *condition;
	bool holds;
};

struct search {
	const struct filter_cases *filters[2]; /* before and after */
	size_t at[2]; /* the case of each that is what is done */
	struct claim claims[CLAIMS_MAX];
	size_t claim_count;
	size_t tries;
};

/* What is known of a word. */
struct known {
	uint32_t mask; /* of bits that must have these values */
	uint32_t bits;
	uint64_t first, end; /* it is not less than the first, and less than the other */
};

/* Learns what the claim says about single bits, or about the range. False if it cannot be so. */
static bool
learn(struct known *known, const struct claim *claim)
{
	const struct filter_condition *condition = claim->condition;
	bool equal = condition->comparison == FILTER_EQUAL && claim->holds;
	bool greater = condition->comparison == FILTER_GREATER;

	if (equal || (condition->comparison == FILTER_ANY_BIT && !claim->holds)) {
		uint32_t bits = equal ? condition->value : 0;

		if (bits & ~condition->mask || (bits ^ known->bits) & condition->mask & known->mask)
			return false;
		known->mask |= condition->mask;
		known->bits |= bits;
	} else if (condition->mask == UINT32_MAX &&
	           (greater || condition->comparison == FILTER_GREATER_EQUAL)) {
		/* the lowest value for which the condition holds */
		uint64_t first = (uint64_t)condition->value + greater;

		if (claim->holds && first > known->first)
			known->first = first;
		else if (!claim->holds && first < known->end)
			known->end = first;
	}
	return true;
}

/* Can the claim be true of a word of which this is known? */
static bool
is_possible(const struct known *known, const struct claim *claim)
{
	const struct filter_condition *condition = claim->condition;
	uint32_t lowest = known->bits & condition->mask;
	uint32_t highest = lowest | (condition->mask & ~known->mask);

	switch (condition->comparison) {
	case FILTER_EQUAL: /* one that holds has fixed its bits */
		return claim->holds || lowest != highest || lowest != condition->value;
	case FILTER_GREATER:
		return claim->holds ? highest > condition->value : lowest <= condition->value;
	case FILTER_GREATER_EQUAL:
		return claim->holds ? highest >= condition->value : lowest < condition->value;
	case FILTER_ANY_BIT:
		return !claim->holds || highest != 0;
	}
	return true;
}

/* Is no contradiction seen in the claims about a word? */
static bool
is_word_possible(const struct search *search, unsigned word)
{
	struct known known = { .end = UINT64_C(1) << 32 };

	for (size_t i = 0; i < search->claim_count; i++) {
		if (search->claims[i].condition->word == word && !learn(&known, &search->claims[i]))
			return false;
	}
	for (size_t i = 0; i < search->claim_count; i++) {
		if (search->claims[i].condition->word == word &&
		    !is_possible(&known, &search->claims[i]))
			return false;
	}
	return known.first < known.end;
}

/* Adds a claim. False if it contradicts the others; of a value that is no word nothing does. */
static bool
claim(struct search *search, const struct filter_condition *condition, bool holds)
{
	search->claims[search->claim_count++] = (struct claim){ condition, holds };
	return condition->word >= FILTER_WORDS || is_word_possible(search, condition->word);
}

/* Is it possible that the cases that come before the chosen ones, from the given one of a filter
 * on, all do not hold? */
static bool
can_pass_by(struct search *search, int filter, size_t from)
{
	const struct filter_case *passed;
	size_t claims = search->claim_count;
	bool possible = false;

	if (filter == 0 && from == search->at[0])
		return can_pass_by(search, 1, 0);
	if (filter == 1 && from == search->at[1])
		return true;
	if (search->tries++ == TRIES_MAX || claims == CLAIMS_MAX)
		return true;
	passed = &search->filters[filter]->items[from];
	for (size_t i = 0; i < passed->condition_count && !possible; i++) {
		possible = claim(search, &passed->conditions[i], false) &&
		           can_pass_by(search, filter, from + 1);
		search->claim_count = claims;
	}
	return possible;
}

/* Are there arguments for which these two cases are what is done? */
static bool
can_meet(const struct filter_cases *before, size_t old, const struct filter_cases *after,
         size_t now, size_t *tries)
{
	struct search search = { .filters = { before, after }, .at = { old, now } };
	bool possible = true;

	search.tries = *tries;
	for (int filter = 0; filter < 2; filter++) {
		const struct filter_case *one = &search.filters[filter]->items[search.at[filter]];

		for (size_t i = 0; i < one->condition_count && possible; i++)
			possible = claim(&search, &one->conditions[i], true);
	}
	possible = possible && can_pass_by(&search, 0, 0);
	*tries = search.tries;
	return possible;
}

bool
filter_gains(const struct filter_cases *before, const struct filter_cases *after)
{
	size_t tries = 0;

	if (before->failed || after->failed)
		return true;
	for (size_t old = 0; old < before->count; old++) {
		if (filter_permits(before->items[old].action))
			continue;
		for (size_t now = 0; now < after->count; now++) {
			if (filter_permits(after->items[now].action) &&
			    can_meet(before, old, after, now, &tries))
				return true;
		}
	}
	return false;
}
