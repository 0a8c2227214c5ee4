# dpsim. `make help` lists the targets.
#
# Every .c file under sim/ and viz/ is built, into build/VARIANT/. Variants differ in their flags only:
# plain (which makes ./dpsim), asan, tsan, and gcc-O0, clang-O3 and the like.

VARIANT ?= plain
BUILD   ?= build/$(VARIANT)
# One thread draws: ThreadSanitizer can find nothing there.
VIZ     ?= $(if $(filter tsan,$(VARIANT)),0,$(if $(wildcard viz/*/*.c),1,0))
NET     ?= 1
PREFIX  ?= /usr/local
DESTDIR ?=

# What `null` and `object-size` look for stops at AddressSanitizer, too: to compile both takes a fifth of the time.
OPT_asan := -O1 -fsanitize=address,undefined -fno-sanitize=null,object-size -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_tsan := -O1 -fsanitize=thread
OPT_coverage := -O0 --coverage -fprofile-update=atomic
OPT_clang-fuzz := $(OPT_asan) -fsanitize=fuzzer-no-link
# What is debugged has all of it, what a sanitizer reports has its lines, and what is compared only nothing.
DEBUG    := $(if $(filter %asan %tsan %-fuzz,$(VARIANT)),-g1,$(if $(filter gcc-% clang-%,$(VARIANT)),-g0,-g))
OPT      := $(or $(OPT),$(OPT_$(VARIANT)),$(filter -O%,$(VARIANT:gcc%=%) $(VARIANT:clang%=%)),-O2)
# Unit tests are long lists of checks, each run once: to optimise them takes longer than to run them.
OPT_TESTS := -O0
CC       := $(or $(filter clang,$(subst -, ,$(VARIANT))),$(if $(filter default,$(origin CC)),gcc,$(CC)))

# V=1 prints whole commands; otherwise one word for each, and none with -s.
Q         := $(if $(V),,@)
progress   = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),@:,@printf '%6s  %s\n' $(1) $(2))

WARN := -Wall -Wextra -Wconversion -Wshadow $(if $(WERROR),-Werror)

# Variants for tests mix the ways in which threads share a window.
CPPFLAGS_ALL := -D_GNU_SOURCE $(if $(filter-out plain,$(VARIANT)),-DTHREAD_POOL_MIXED) -Isim -I. $(CPPFLAGS)
CFLAGS_ALL   := -std=c11 $(OPT) $(DEBUG) $(WARN) -pthread $(CFLAGS)
LIBRARIES    := -pthread
SOURCES      := $(wildcard sim/*.c sim/*/*.c sim/*/*/*.c)

# Real processes and sockets, or the one file that says that they are left out.
ifeq ($(NET),1)
SOURCES      := $(filter-out sim/cli/net_absent.c,$(SOURCES))
LIBRARIES    += -lzmq
else
SOURCES      := $(filter-out sim/net/%,$(filter sim/cli/net_absent.c,$(SOURCES)) \
                             $(filter-out sim/cli/net_%,$(SOURCES)))
endif

# The window and pictures, or the one file that says that they are left out.
ifeq ($(VIZ),1)
SOURCES      := $(filter-out sim/cli/show_absent.c,$(SOURCES)) $(wildcard viz/*/*.c)
VIZ_PACKAGES := sdl2 SDL2_ttf SDL2_image
VIZ_FOUND    := $(shell pkg-config --exists $(VIZ_PACKAGES) 2>/dev/null && echo 1)
VIZ_CFLAGS   := $(patsubst -I%,-isystem%,$(shell pkg-config --cflags $(VIZ_PACKAGES) 2>/dev/null))
LIBRARIES    += -ldl
else
SOURCES      := $(filter-out sim/cli/show.c sim/cli/show_comparison.c,$(SOURCES))
endif

DPSIM      := $(if $(filter build/plain,$(BUILD)),dpsim,$(BUILD)/dpsim)
OBJECTS    := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/manual_texts.o
MAIN       := $(BUILD)/sim/main.o
LIBRARY    := $(BUILD)/libdpsim.a
UNIT_TESTS := $(wildcard tests/unit/test_*.c)
FAIL_TESTS := $(wildcard tests/unit/fail_*.c)
BENCHES    := $(wildcard tests/bench/bench_*.c)
SUPPORT    := $(filter-out tests/support/memory_fail.c,$(wildcard tests/support/*.c))
ifeq ($(VIZ),1)
SYNTHETIC  := $(wildcard tests/viz/synthetic.c)
SUPPORT    += $(SYNTHETIC)
else
UNIT_TESTS := $(filter-out tests/unit/test_viz_%,$(UNIT_TESTS))
FAIL_TESTS := $(filter-out tests/unit/fail_viz_%,$(FAIL_TESTS))
BENCHES    := $(filter-out tests/bench/bench_viz%,$(BENCHES))
endif
# Threads are where tests/lint/floors lets pthread.h be included, and where ZeroMQ has its own: elsewhere
# ThreadSanitizer can find nothing.
ifeq ($(VARIANT),tsan)
UNIT_TESTS := $(filter $(addprefix tests/unit/test_,run_% virtual_% search_% net_%),$(UNIT_TESTS))
FAIL_TESTS := $(filter $(addprefix tests/unit/fail_,run_% virtual_% search_% net_%),$(FAIL_TESTS))
endif
ifneq ($(NET),1)
UNIT_TESTS := $(filter-out tests/unit/test_net_%,$(UNIT_TESTS))
FAIL_TESTS := $(filter-out tests/unit/fail_net_%,$(FAIL_TESTS))
BENCHES    := $(filter-out tests/bench/bench_net%,$(BENCHES))
SUPPORT    := $(filter-out tests/support/net_%,$(SUPPORT))
endif

# What each message of a run goes through is optimised as one whole in ./dpsim, where gcc builds it and
# nobody asks for other flags: a tenth fewer instructions. These objects have machine code of their own
# too, which is what tests link: it takes no seconds. Each was compiled with all warnings: of the whole
# gcc says what holds of none of its parts.
HOT        := $(filter sim/base/% sim/node/% sim/virtual/% sim/run/% sim/check/judge.c sim/check/screen% \
                       sim/check/checker% sim/trace/hash.c sim/trace/tally.c sim/trace/quantiles.c,$(SOURCES))
WHOLE      := $(if $(CFLAGS),,$(if $(filter plain,$(VARIANT)),$(findstring gcc,$(CC))))
HOT_FLAGS  := $(if $(WHOLE),-O3 -flto -ffat-lto-objects)
LINK_WHOLE := $(if $(WHOLE),-flto=auto -w)
LINK_PARTS := $(if $(WHOLE),-fno-lto)

.PHONY: all demo check fresh coverage bench asan tsan golden fuzz hunt hunt-mutants format lint install uninstall clean help \
        units FORCE setup setup-check setup-lint setup-coverage print-missing node changed benches
.DELETE_ON_ERROR:
.SECONDARY:

all: $(DPSIM)                  ## build ./dpsim (the default)

demo: setup                    ## install what is missing, build, and run the demo
	@$(MAKE) --no-print-directory all
	./dpsim --nodes 3 scenarios/demo.txt

check: setup-check             ## install what is missing, build, and run all tests
	@tests/run $(STAGES)

fresh:                         ## as root: demo and check in a bare system, or FRESH='make demo' alone
	@tests/install/fresh $(if $(FRESH),'$(FRESH)')

coverage: setup-coverage       ## which branches of node and parser no test takes: all listed, with a reason
	@tests/coverage/run

bench: all benches             ## measure speed and memory; draw how cost grows, build/growth.png
	@tests/bench/growth
	@tests/bench/run

asan tsan:                     ## build with sanitizers: build/asan/dpsim, build/tsan/dpsim
	@$(MAKE) --no-print-directory VARIANT=$@

golden: all                    ## rewrite the expected outputs of tests/scenario, or of NAMES only
	@tests/support/golden --rewrite $(NAMES)
	@$(if $(filter 1,$(VIZ)),$(if $(NAMES),,tests/viz/golden.sh --rewrite ./dpsim))

fuzz: setup-check              ## feed hostile input to the parsers, for a minute each
	@tests/fuzz/run

format:                        ## format all C files with clang-format
	clang-format -i $(C_FILES)

hunt: all                      ## hunt for failures in scenarios drawn from the whole language, for HUNT=10m
	@tests/hunt/run $(or $(HUNT),10m)

hunt-mutants:                  ## measure in how many runs --hunt finds thirty planted faults
	@tests/mutants/schedule/run $(NAMES)

lint: setup-lint               ## run clang-tidy, cppcheck and shellcheck; check the format
	@tests/lint/run

install: all                   ## install binary, manual, completions and examples (PREFIX, DESTDIR)
	install -d $(sort $(dir $(INSTALLED)))
	install -m 755 dpsim $(PREFIXED)/bin/dpsim
	install -m 644 scenarios/*.txt $(EXAMPLES)
	./dpsim --man > $(PREFIXED)/share/man/man1/dpsim.1
	@set -e; for page in $(PAGES); do ./dpsim --man $$page > $(PREFIXED)/share/man/man5/dpsim-$$page.5; done
	./dpsim --completion bash > $(PREFIXED)/share/bash-completion/completions/dpsim
	./dpsim --completion zsh > $(PREFIXED)/share/zsh/site-functions/_dpsim
	./dpsim --completion fish > $(PREFIXED)/share/fish/vendor_completions.d/dpsim.fish

uninstall:                     ## remove what install puts there, with the same PREFIX and DESTDIR
	rm -f $(INSTALLED)
	-@rmdir $(EXAMPLES) $(dir $(EXAMPLES:/=)) 2>/dev/null || :

clean:                         ## remove everything that was built
	rm -rf build dpsim

help:                          ## list the targets
	@sed -nE 's/^([a-z][a-z ]*):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

PREFIXED  := $(DESTDIR)$(PREFIX)
EXAMPLES  := $(PREFIXED)/share/doc/dpsim/examples
PAGES     := scenario trace cluster
INSTALLED := $(PREFIXED)/bin/dpsim $(addprefix $(EXAMPLES)/,$(notdir $(wildcard scenarios/*.txt))) \
             $(PREFIXED)/share/man/man1/dpsim.1 $(PAGES:%=$(PREFIXED)/share/man/man5/dpsim-%.5) \
             $(PREFIXED)/share/bash-completion/completions/dpsim \
             $(PREFIXED)/share/zsh/site-functions/_dpsim \
             $(PREFIXED)/share/fish/vendor_completions.d/dpsim.fish
C_FILES      = $(shell git ls-files '*.[ch]' 2>/dev/null)

setup setup-check setup-lint setup-coverage:
	@VIZ=$(VIZ) NET=$(NET) tests/support/setup $(patsubst setup-%,%,$(@:setup=setup-build))

# The library holds everything but main. A test that links its own version of a file before the
# library replaces that file.

$(DPSIM): $(MAIN) $(LIBRARY)
	$(call progress,link,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK_WHOLE) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

$(LIBRARY): $(filter-out $(MAIN),$(OBJECTS))
	$(call progress,ar,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	$(call progress,cc,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(if $(filter tests/%,$<),-Itests) $(CPPFLAGS_ALL) $(if $(filter viz/%,$<),$(VIZ_CFLAGS)) $(CFLAGS_ALL) \
	    $(if $(filter $<,$(HOT)),$(HOT_FLAGS)) $(if $(filter tests/unit/%,$<),$(OPT_TESTS)) -MMD -MP -c -o $@ $<

# If the libraries are missing, print what to install before the compiler fails.
ifeq ($(VIZ)$(VIZ_FOUND),1)
$(OBJECTS): | print-missing
print-missing:
	@VIZ=1 tests/support/setup --tell build
endif

# Rewritten when the flags differ from those of the last time, so that everything is built anew.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(HOT_FLAGS) $(OPT_TESTS)' | cmp -s - $@ || \
	    echo '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(HOT_FLAGS) $(OPT_TESTS)' > $@

# The READMEs that --help and --man print, as C strings.
MANUAL_TEXTS := language=scenarios/README.md trace=sim/trace/README.md cluster=sim/net/config/README.md

$(BUILD)/manual_texts.c: $(foreach text,$(MANUAL_TEXTS),$(lastword $(subst =, ,$(text)))) Makefile
	@mkdir -p $(@D)
	@{ echo '#include "cli/manual_texts.h"'; for text in $(MANUAL_TEXTS); do \
	    echo "const char manual_text_$${text%%=*}[] ="; \
	    sed -e 's/[\\"?]/\\&/g' -e 's/.*/"&\\n"/' "$${text#*=}"; echo ';'; done; } > $@

$(BUILD)/manual_texts.o: $(BUILD)/manual_texts.c $(BUILD)/flags
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

node: $(filter $(BUILD)/sim/node/% $(BUILD)/sim/base/%,$(OBJECTS))

# Prints the command which builds $OUT, a binary in which the source file $CHANGED replaces the original. It is run
# for many files, and for tests alone.
changed: $(MAIN) $(LIBRARY)
	@echo '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LINK_PARTS) -O1 -g0 -Wl,--strip-debug -Wno-error -o "$$OUT" "$$CHANGED" $^ $(LIBRARIES)'

# Programs that measure parts: tests/bench/bench_*.c.
benches: $(BENCHES:tests/bench/%.c=$(BUILD)/%)

$(BUILD)/bench_%: $(BUILD)/tests/bench/bench_%.o $(SYNTHETIC:%.c=$(BUILD)/%.o) $(LIBRARY)
	$(call progress,link,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK_WHOLE) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

# Unit tests: tests/unit/test_*.c make the runner `unit`; fail_*.c make `unit-fail`, in which
# a test makes allocations fail.

units: $(BUILD)/unit $(if $(FAIL_TESTS),$(BUILD)/unit-fail)

$(BUILD)/unit: $(UNIT_TESTS:%.c=$(BUILD)/%.o) $(BUILD)/tests/unit_suites.o
$(BUILD)/unit-fail: $(FAIL_TESTS:%.c=$(BUILD)/%.o) $(BUILD)/tests/fail_suites.o \
                    $(BUILD)/tests/support/memory_fail.o
$(BUILD)/unit $(BUILD)/unit-fail: $(BUILD)/tests/unit/main.o $(SUPPORT:%.c=$(BUILD)/%.o) $(LIBRARY)
	$(call progress,link,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK_PARTS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIBRARY) $(LIBRARIES) -lcunit -ljansson

# Rewritten when there are other tests than the last time.
$(BUILD)/tests/names: FORCE
	@mkdir -p $(@D)
	@echo '$(UNIT_TESTS) $(FAIL_TESTS)' | cmp -s - $@ || echo '$(UNIT_TESTS) $(FAIL_TESTS)' > $@

$(BUILD)/tests/unit_suites.c: $(UNIT_TESTS) tests/support/suites $(BUILD)/tests/names
	@mkdir -p $(@D)
	@tests/support/suites $(UNIT_TESTS) > $@

$(BUILD)/tests/fail_suites.c: $(FAIL_TESTS) tests/support/suites $(BUILD)/tests/names
	@mkdir -p $(@D)
	@tests/support/suites $(FAIL_TESTS) > $@

$(BUILD)/tests/%_suites.o: $(BUILD)/tests/%_suites.c $(BUILD)/flags
	$(Q)$(CC) -Itests $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
