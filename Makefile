# dpsim: make help tells what there is.
#
# Every .c file under sim/ and viz/ is built as it stands, into build/VARIANT/; the variants differ by
# their flags alone: plain (which makes ./dpsim), asan, tsan, and gcc-O0, clang-O3 and the like.

VARIANT ?= plain
BUILD   ?= build/$(VARIANT)
VIZ     ?= $(if $(wildcard viz/*.c),1,0)
NET     ?= 1
PREFIX  ?= /usr/local
DESTDIR ?=

OPT_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_tsan := -O1 -fsanitize=thread
OPT      := $(or $(OPT),$(OPT_$(VARIANT)),$(filter -O%,$(VARIANT:gcc%=%) $(VARIANT:clang%=%)),-O2)
CC       := $(or $(filter clang,$(subst -, ,$(VARIANT))),$(if $(filter default,$(origin CC)),gcc,$(CC)))

# V=1 shows the commands, else a word for each, and with -s none.
Q         := $(if $(V),,@)
say        = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),@:,@printf '%6s  %s\n' $(1) $(2))

WARN := -Wall -Wextra -Wconversion -Wshadow $(if $(WERROR),-Werror)

CPPFLAGS_ALL := -D_GNU_SOURCE -Isim -I. $(CPPFLAGS)
CFLAGS_ALL   := -std=c11 $(OPT) -g $(WARN) -pthread $(CFLAGS)
LIBRARIES    := -pthread
SOURCES      := $(wildcard sim/*.c sim/*/*.c)

# Real processes and sockets: or one file that says that they are left out.
ifeq ($(NET),1)
SOURCES      := $(filter-out sim/live_absent.c,$(SOURCES))
LIBRARIES    += -lzmq
else
SOURCES      := $(filter-out sim/live.c sim/live_run.c sim/live_cluster.c sim/net/%,$(SOURCES))
endif

# What can be shown of a run: one of two files, the other is left out.
ifeq ($(VIZ),1)
SOURCES      := $(filter-out sim/show_absent.c,$(SOURCES)) $(wildcard viz/*.c)
VIZ_PACKAGES := sdl2 SDL2_ttf SDL2_image
VIZ_LIBS     := $(shell pkg-config --libs $(VIZ_PACKAGES) 2>/dev/null)
VIZ_CFLAGS   := $(patsubst -I%,-isystem%,$(shell pkg-config --cflags $(VIZ_PACKAGES) 2>/dev/null))
LIBRARIES    += $(VIZ_LIBS)
else
SOURCES      := $(filter-out sim/show.c,$(SOURCES))
endif

DPSIM      := $(if $(filter build/plain,$(BUILD)),dpsim,$(BUILD)/dpsim)
OBJECTS    := $(SOURCES:%.c=$(BUILD)/%.o)
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
ifneq ($(NET),1)
UNIT_TESTS := $(filter-out tests/unit/test_net_%,$(UNIT_TESTS))
FAIL_TESTS := $(filter-out tests/unit/fail_net_%,$(FAIL_TESTS))
BENCHES    := $(filter-out tests/bench/bench_net%,$(BENCHES))
SUPPORT    := $(filter-out tests/support/net_%,$(SUPPORT))
endif

.PHONY: all demo check fresh bench asan tsan golden fuzz format lint install clean help units FORCE \
        setup setup-check setup-lint tell core changed benches
.DELETE_ON_ERROR:
.SECONDARY:

all: $(DPSIM)                  ## build ./dpsim (the default)

demo: setup                    ## set up what is missing, build, and run the demo
	@$(MAKE) --no-print-directory all
	./dpsim --nodes 3 scenarios/demo.txt

check: setup-check             ## set up what is missing, build, and run all tests
	@tests/run $(STAGES)

fresh:                         ## as root: demo and check in a bare system, or FRESH='make demo' alone
	@tests/install/fresh $(if $(FRESH),'$(FRESH)')

bench: all benches             ## measure speed and memory
	@tests/bench/run

asan tsan:                     ## build build/asan/dpsim, build/tsan/dpsim: with sanitizers
	@$(MAKE) --no-print-directory VARIANT=$@

golden: all                    ## rewrite the expected outputs under tests/scenario, or of NAMES
	@tests/support/golden --rewrite $(NAMES)
	@$(if $(filter 1,$(VIZ)),$(if $(NAMES),,tests/viz/golden.sh --rewrite ./dpsim))

fuzz: setup-check              ## feed the parsers with hostile text, a minute each
	@tests/fuzz/run

format:                        ## put all C files into the project's form
	clang-format -i $(C_FILES)

lint: setup-lint               ## clang-tidy, cppcheck, shellcheck, and a check of the form
	@tests/lint/run

install: all                   ## DESTDIR, PREFIX: the binary, its man page, completion and examples
	install -d $(PREFIXED)/bin $(PREFIXED)/share/man/man1 $(COMPLETIONS) $(EXAMPLES)
	install -m 755 dpsim $(PREFIXED)/bin/dpsim
	install -m 644 scenarios/*.txt $(EXAMPLES)
	./dpsim --man > $(PREFIXED)/share/man/man1/dpsim.1
	./dpsim --completion > $(COMPLETIONS)/dpsim

clean:                         ## remove all that was built
	rm -rf build dpsim

help:                          ## print this
	@sed -nE 's/^([a-z][a-z ]*):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

PREFIXED    := $(DESTDIR)$(PREFIX)
COMPLETIONS := $(PREFIXED)/share/bash-completion/completions
EXAMPLES    := $(PREFIXED)/share/doc/dpsim/examples
C_FILES      = $(wildcard sim/*.[ch] sim/*/*.[ch] viz/*.[ch] tests/*/*.[ch])

setup setup-check setup-lint:
	@VIZ=$(VIZ) NET=$(NET) tests/support/setup $(patsubst setup-%,%,$(@:setup=setup-build))

# What is built. The library holds everything but main, so a test that links its own version of a
# file before it replaces that file, and takes in no more than it uses.

$(DPSIM): $(MAIN) $(LIBRARY)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

$(LIBRARY): $(filter-out $(MAIN),$(OBJECTS))
	$(call say,ar,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	$(call say,cc,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(if $(filter tests/%,$<),-Itests) $(CPPFLAGS_ALL) $(if $(filter viz/%,$<),$(VIZ_CFLAGS)) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Before the compiler stumbles over what is not there: say what to install.
ifeq ($(VIZ)$(VIZ_LIBS),1)
$(OBJECTS): | tell
tell:
	@VIZ=1 tests/support/setup --tell build
endif

# Rewritten, and so all is built anew, when the flags are others than last time.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)' | cmp -s - $@ || \
	    echo '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)' > $@

core: $(filter $(BUILD)/sim/core/%,$(OBJECTS))

# OUT, a binary in which what CHANGED, a source file, defines takes the place of the original.
changed: $(MAIN) $(LIBRARY)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -Wno-error -o $(OUT) $(CHANGED) $^ $(LIBRARIES)

# Programs that measure parts: tests/bench/bench_*.c.
benches: $(BENCHES:tests/bench/%.c=$(BUILD)/%)

$(BUILD)/bench_%: $(BUILD)/tests/bench/bench_%.o $(SYNTHETIC:%.c=$(BUILD)/%.o) $(LIBRARY)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

# Unit tests: tests/unit/test_*.c make the runner `unit`; fail_*.c make `unit-fail`, in which
# allocations fail at will.

units: $(BUILD)/unit $(if $(FAIL_TESTS),$(BUILD)/unit-fail)

$(BUILD)/unit: $(UNIT_TESTS:%.c=$(BUILD)/%.o) $(BUILD)/tests/unit_suites.o
$(BUILD)/unit-fail: $(FAIL_TESTS:%.c=$(BUILD)/%.o) $(BUILD)/tests/fail_suites.o \
                    $(BUILD)/tests/support/memory_fail.o
$(BUILD)/unit $(BUILD)/unit-fail: $(BUILD)/tests/unit/main.o $(SUPPORT:%.c=$(BUILD)/%.o) $(LIBRARY)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIBRARY) $(LIBRARIES) -lcunit -ljansson

$(BUILD)/tests/unit_suites.c: $(UNIT_TESTS) tests/support/suites
	@mkdir -p $(@D)
	@tests/support/suites $(UNIT_TESTS) > $@

$(BUILD)/tests/fail_suites.c: $(FAIL_TESTS) tests/support/suites
	@mkdir -p $(@D)
	@tests/support/suites $(FAIL_TESTS) > $@

$(BUILD)/tests/%_suites.o: $(BUILD)/tests/%_suites.c $(BUILD)/flags
	$(Q)$(CC) -Itests $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
