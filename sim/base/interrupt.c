#include "base/interrupt.h"

#include <signal.h>
#include <unistd.h>

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

static volatile sig_atomic_t came;

/* On a terminal a person waits: a step of a large run takes a while. */
static bool tells;

/* What ends the process is the signal's own way, also where another one has come before. */
static void on_signal(int number)
{
    static const char words[] =
        "\ndpsim: stops after the present step; once more ends it at once\n";
    (void)number;
    came = 1;
    if (tells)
        (void)!write(STDERR_FILENO, words, sizeof words - 1);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        signal(numbers[i], SIG_DFL);
}

void interrupt_watch(void)
{
    tells = isatty(STDERR_FILENO);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action = {.sa_handler = on_signal}, before;
        sigemptyset(&action.sa_mask);
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
}

bool interrupt_came(void)
{
    return came;
}
