#include "search/compare.h"

#include "base/number.h"

/* The progress of one sweep, as a part of that of all. */
struct compare_progress {
    const struct sweep_setup *setup; /* of all */
    size_t variants;
    struct sweep_progress before; /* of the variants that are over */
};

static void show_progress(void *context, const struct sweep_progress *own)
{
    const struct compare_progress *all = context;
    struct sweep_progress progress = {.runs = all->before.runs + own->runs,
                                      .failed = all->before.failed + own->failed,
                                      .wall_ns = all->before.wall_ns + own->wall_ns};
    if (__builtin_mul_overflow(own->wanted, (uint64_t)all->variants, &progress.wanted))
        progress.wanted = UINT64_MAX;
    all->setup->progress(all->setup->context, &progress);
}

enum error comparison_run(struct comparison *comparison, const struct sweep_setup *setup)
{
    struct compare_progress progress = {.setup = setup, .variants = comparison->variants_count};
    for (size_t i = 0; i < comparison->variants_count; i++) {
        struct variant *variant = &comparison->variants[i];
        struct sweep_setup own = *setup;
        own.progress = setup->progress ? show_progress : NULL;
        own.context = &progress;
        own.plan = &variant->plan;
        own.first = comparison->first;
        own.last = comparison->last;
        enum error error = sweep_run(&variant->sweep, &own);
        variant->is_swept = !error;
        if (error || variant->sweep.state != RUN_OVER)
            return error;
        progress.before.runs += variant->sweep.runs;
        progress.before.failed += variant->sweep.failed;
        progress.before.wall_ns += variant->sweep.wall_ns;
    }
    return OK;
}

/* Means and intervals in thousandths: what is printed decides what is marked. */
static int64_t least_of(const struct sample *sample)
{
    return sample_mean(sample, 1000) - sample_interval(sample, 1000);
}

static int64_t most_of(const struct sample *sample)
{
    return sample_mean(sample, 1000) + sample_interval(sample, 1000);
}

/* NULL: it has too few values to be better or worse than another. */
static const struct sample *sample_at(const struct comparison *comparison, size_t variant,
                                      enum number_id number)
{
    const struct variant *at = &comparison->variants[variant];
    const struct sample *sample = &at->sweep.numbers[number];
    return at->is_swept && sample_has_interval(sample) ? sample : NULL;
}

/* The sample with the best mean; NULL: there is none, or all have the same. */
static const struct sample *best_of(const struct comparison *comparison, enum number_id number)
{
    const struct sample *best = NULL;
    bool differ = false, most = numbers_table[number].best == BEST_MOST;
    for (size_t i = 0; i < comparison->variants_count; i++) {
        const struct sample *sample = sample_at(comparison, i, number);
        if (!sample)
            continue;
        int64_t mean = sample_mean(sample, 1000), best_mean = best ? sample_mean(best, 1000) : mean;
        differ |= mean != best_mean;
        if (!best || (most ? mean > best_mean : mean < best_mean))
            best = sample;
    }
    return differ ? best : NULL;
}

bool comparison_is_best(const struct comparison *comparison, size_t variant, enum number_id number)
{
    const struct sample *sample = sample_at(comparison, variant, number);
    if (!sample || numbers_table[number].best == BEST_NONE)
        return false;
    const struct sample *best = best_of(comparison, number);
    return best && least_of(sample) <= most_of(best) && least_of(best) <= most_of(sample);
}
