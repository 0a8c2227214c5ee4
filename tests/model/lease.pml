/* The lease protocol of `ownership lease` (PaxosLease, corrected): three nodes want one slot's
 * lease. Each is a proposer and an acceptor, with one clock for both. README.md: what is shown.
 *
 * Messages. One that was sent can be received at any later time, any number of times, or never:
 * lost, late, doubled and out of order. So it is enough to know which have been sent.
 *     PREPARE b    owner[b] and renews[b], to all        <- PROMISE   promises[b], of acceptors
 *     ACCEPT b     accept[b], to all                     <- ACCEPTED  accepteds[b], of acceptors
 *     RELEASE b    released[b], to all
 * A refusal changes nothing and is left out. So is a promise that does not count, because it names
 * a lease that is not the one renewed: it could only hinder others. A proposer acts when it has a
 * majority of answers; fewer make no difference, so it reads them together.
 *
 * Clocks. In a tick of real time a clock counts 1 (SLOW) or 2 (FAST), and may change from tick to
 * tick; so drift is 1/3 and gamma 1/2. A UNIT is what the fast one counts in a tick. Kept is what
 * is left of each time; at 0, when now < d no longer holds, what lasted so long has ended.
 *
 * Variants, each of which is unsafe: OWN_STALE, OWNER_ALONE, RELEASE_RENEWAL, COUNT_ANSWERS,
 * SHORT_QUARANTINE, TRUST_TIMER, PSEUDOCODE_2012. */

#ifndef BALLOTS
#define BALLOTS 3 /* or 2 */
#endif
#ifndef UNITS
#define UNITS 1
#endif

#define NODES 3
#define SLOW  1
#define FAST  2
#define UNIT  FAST
#define D_P   (UNITS * UNIT) /* D_P = gamma * D_A, Q = D_P / gamma: nothing to spare */
#define D_A   (UNITS * UNIT * FAST / SLOW)

#ifdef SHORT_QUARANTINE
#define Q (D_A - UNIT)
#else
#define Q D_A
#endif

/* By ballot; 0 is none. */
byte owner[BALLOTS + 1]; /* 0: not begun yet; or its proposer's number + 1 */
byte renews[BALLOTS + 1];
byte promises[BALLOTS + 1], accepteds[BALLOTS + 1]; /* bits of acceptors, to a live attempt */
bit accept[BALLOTS + 1], released[BALLOTS + 1];

/* By node: its proposer, which believes that it is the owner while held is not 0, … */
byte held[NODES], held_left[NODES];
byte attempt[NODES], attempt_left[NODES];
byte last[NODES]; /* its ballots grow, and begin anew with its process */

/* … and its acceptor. */
byte promised[NODES];
byte accepted[NODES], accepted_left[NODES]; /* the lease that is live here */
byte silent_left[NODES];

byte begun; /* nodes that have had an attempt */

#if BALLOTS == 2
#define EACH_BALLOT(STEP) STEP(1) STEP(2)
#define all_used          (owner[1] != 0 && owner[2] != 0)
#else
#define EACH_BALLOT(STEP) STEP(1) STEP(2) STEP(3)
#define all_used          (owner[1] != 0 && owner[2] != 0 && owner[3] != 0)
#endif

#define me      _pid
#define name(n) ((n) + 1)

/* Without WHOLE, what can only hinder other steps is left out, and clocks are at their worst: times
 * are longest for proposers and shortest for acceptors. That loses no error of the unbroken
 * protocol: an acceptor's promise, lease or silence enables no step that is not enabled without it,
 * and no step needs a proposer to have less time left. Of a variant it could only hide errors. */
#ifdef WHOLE
#define hinders(condition) false
#else
#define hinders(condition) (condition)
#endif

/* At least two of three. */
#ifdef COUNT_ANSWERS
#define is_majority(set) ((set) != 0) /* one acceptor's answer can be received twice */
#else
#define is_majority(set) (((set) & ((set) - 1)) != 0)
#endif

/* Whether the lease that is live at acceptor a does not stand in the way of ballot b. */
#ifdef OWN_STALE
#define is_free(a, b) (accepted[a] == 0 || owner[accepted[a]] == owner[b])
#else
#define is_free(a, b) (accepted[a] == 0 || accepted[a] == renews[b] || accepted[a] == b)
#endif

#ifdef OWNER_ALONE
#define is_named(a, b) (accepted[a] != 0 && owner[accepted[a]] == owner[b])
#else
#define is_named(a, b) (accepted[a] == b)
#endif

/* In 2012 the deadline counts from each promise from a majority on: from a late third one, too. */
#ifdef PSEUDOCODE_2012
#define is_awaited(b)     true
#define after_promises(b) attempt_left[owner[b] - 1] = D_P
#else
#define is_awaited(b)     (!accept[b])
#define after_promises(b) promises[b] = 0
#endif

#define is_attempt(b)   (owner[b] != 0 && attempt[owner[b] - 1] == b)
#define is_preparing(n) (attempt[n] != 0 && !accept[attempt[n]])
#define is_accepting(n) (attempt[n] != 0 && accept[attempt[n]])

/* Answers to an attempt that is over are not read. */
inline end_attempt(n) {
    promises[attempt[n]] = 0;
    accepteds[attempt[n]] = 0;
    attempt[n] = 0;
    attempt_left[n] = 0
}

inline end_lease(n) {
    held[n] = 0;
    held_left[n] = 0
}

inline end_accepted(a) {
    accepted[a] = 0;
    accepted_left[a] = 0
}

/* What a node's last ballot was makes no difference once all have been used. */
inline set_last(b) {
    last[me] = b;
    if :: all_used -> last[0] = 0; last[1] = 0; last[2] = 0 :: else fi
}

/* Nodes are alike: without loss of generality they begin in order. */
#define PREPARE(b)                                                                                 \
    :: d_step { owner[b] == 0 && b > last[me] && me <= begun && !hinders(is_preparing(me)) ->      \
        if :: me == begun -> begun++ :: else fi;                                                   \
        end_attempt(me);                                                                           \
        owner[b] = name(me);                                                                       \
        renews[b] = held[me];                                                                      \
        attempt[me] = b;                                                                           \
        attempt_left[me] = D_P;                                                                    \
        set_last(b);                                                                               \
        if :: renews[b] != 0 ->                                                                    \
            printf("n%d sends PREPARE %d to RENEW %d\n", name(me), b, renews[b])                   \
           :: else -> printf("n%d sends PREPARE %d\n", name(me), b) fi }

/* With the promise that makes a majority, ACCEPT is sent: it may be late in any case. */
#define PROMISE(b)                                                                                 \
    :: d_step { is_attempt(b) && is_awaited(b) && !(promises[b] & (1 << me)) &&                    \
                silent_left[me] == 0 && b >= promised[me] && is_free(me, b) ->                     \
        promised[me] = b;                                                                          \
        promises[b] = promises[b] | (1 << me);                                                     \
        printf("n%d answers PREPARE %d: PROMISE\n", name(me), b);                                  \
        if :: is_majority(promises[b]) ->                                                          \
            accept[b] = 1;                                                                         \
            after_promises(b);                                                                     \
            printf("n%d has a majority, sends ACCEPT %d\n", owner[b], b)                           \
           :: else fi }

#define ACCEPTED(b)                                                                                \
    :: d_step { accept[b] && silent_left[me] == 0 && b >= promised[me] && is_free(me, b) &&        \
                !hinders(accepted[me] == b) && !hinders(accepted[me] == 0 && !is_attempt(b)) ->    \
        if :: accepted[me] != 0 && accepted[me] != b ->                                            \
            printf("n%d answers ACCEPT %d: ACCEPTED, in place of %d\n", name(me), b, accepted[me]) \
           :: else -> printf("n%d answers ACCEPT %d: ACCEPTED\n", name(me), b) fi;                 \
        promised[me] = b;                                                                          \
        accepted[me] = b;                                                                          \
        accepted_left[me] = D_A;                                                                   \
        if :: is_attempt(b) -> accepteds[b] = accepteds[b] | (1 << me) :: else fi }

#define RELEASED(b)                                                                                \
    :: d_step { released[b] && silent_left[me] == 0 && is_named(me, b) ->                          \
        printf("n%d gets RELEASE %d: its lease %d is free\n", name(me), b, accepted[me]);          \
        end_accepted(me) }

active [NODES] proctype node() {
end: do
    EACH_BALLOT(PREPARE)
    EACH_BALLOT(PROMISE)
    EACH_BALLOT(ACCEPTED)
    EACH_BALLOT(RELEASED)

    /* A majority has accepted and now < d, as an attempt ends at d. */
    :: d_step { is_accepting(me) && is_majority(accepteds[attempt[me]]) ->
        held[me] = attempt[me];
        held_left[me] = attempt_left[me];
        end_attempt(me);
        printf("n%d has a majority, is the owner by %d\n", name(me), held[me]);
        assert((held[0] != 0) + (held[1] != 0) + (held[2] != 0) <= 1) }

    /* It gives up all that it has. An attempt to renew is not released while the lease is held, as
     * an acceptor may have put the one in the other's place. */
    :: d_step { held[me] != 0 || is_accepting(me) ->
        if :: held[me] != 0 ->
            released[held[me]] = 1;
            printf("n%d gives up, sends RELEASE %d\n", name(me), held[me])
           :: else fi;
        if :: is_accepting(me) ->
            released[attempt[me]] = 1;
            printf("n%d gives up, sends RELEASE %d\n", name(me), attempt[me])
           :: else fi;
        end_attempt(me);
        end_lease(me) }
#ifdef RELEASE_RENEWAL
    :: d_step { held[me] != 0 && is_accepting(me) ->
        released[attempt[me]] = 1;
        printf("n%d gives up to renew %d, sends RELEASE %d\n", name(me), held[me], attempt[me]);
        end_attempt(me) }
#endif

    /* RESTART: all is forgotten, and the acceptor is silent for Q. */
    :: d_step { !hinders(promised[me] == 0 && last[me] == 0) && !hinders(is_preparing(me)) ->
        end_attempt(me);
        end_lease(me);
        end_accepted(me);
        last[me] = 0;
        promised[me] = 0;
        silent_left[me] = Q;
        printf("n%d restarts\n", name(me)) }

#ifdef TRUST_TIMER
    :: d_step { held[me] != 0 && held_left[me] == 0 ->
        printf("n%d's timer is dispatched: not the owner\n", name(me));
        end_lease(me) }
#endif
    od
}

#ifdef TRUST_TIMER
#define at_end_of_lease(n) held_left[n] = 0
#else
#define at_end_of_lease(n) end_lease(n)
#endif

/* The clock of node n has gone on: by so much for its proposer, and for its acceptor. */
inline go_on(n, by, acceptor_by) {
    if :: held_left[n] > by -> held_left[n] = held_left[n] - by :: else -> at_end_of_lease(n) fi;
    if :: attempt_left[n] > by -> attempt_left[n] = attempt_left[n] - by
       :: else -> end_attempt(n) fi;
    if :: accepted_left[n] > acceptor_by -> accepted_left[n] = accepted_left[n] - acceptor_by
       :: else -> end_accepted(n) fi;
    if :: silent_left[n] > acceptor_by -> silent_left[n] = silent_left[n] - acceptor_by
       :: else -> silent_left[n] = 0 fi
}

#define TICK(by1, by2, by3)                                                                        \
    :: d_step { true ->                                                                            \
        go_on(0, by1, by1);                                                                        \
        go_on(1, by2, by2);                                                                        \
        go_on(2, by3, by3);                                                                        \
        printf("tick: clocks count %d, %d, %d\n", by1, by2, by3) }

/* An attempt that ends without an ACCEPT has done nothing but hinder. */
#define ends_in_vain(n) (is_preparing(n) && attempt_left[n] <= SLOW)

active proctype time() {
end: do
#ifdef WHOLE
    TICK(SLOW, SLOW, SLOW) TICK(SLOW, SLOW, FAST) TICK(SLOW, FAST, SLOW) TICK(SLOW, FAST, FAST)
    TICK(FAST, SLOW, SLOW) TICK(FAST, SLOW, FAST) TICK(FAST, FAST, SLOW) TICK(FAST, FAST, FAST)
#else
    :: d_step { !hinders(ends_in_vain(0) || ends_in_vain(1) || ends_in_vain(2)) ->
        go_on(0, SLOW, FAST);
        go_on(1, SLOW, FAST);
        go_on(2, SLOW, FAST);
        printf("tick: owners' clocks count %d, acceptors' %d\n", SLOW, FAST) }
#endif
    od
}
