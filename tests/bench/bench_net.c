/* What one round trip costs that has nothing of dpsim in it: two processes, DEALER and ROUTER,
 * CURVE, loopback, one message under way. The measure beside which a request's latency is read.
 * Prints the median, in ns. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define TRIPS_MAX 200000
#define WARM_UP   200
#define SIZE      64 /* bytes: as a request's frame */
#define KEY       41

static void must_hold(int held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "bench_net: %s: %s\n", what, zmq_strerror(errno));
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Answers each message with its like, until its parent goes. */
static void serve(int ready, const char *secret)
{
    char endpoint[256], message[SIZE];
    size_t size = sizeof endpoint;
    int yes = 1;
    void *router = zmq_socket(zmq_ctx_new(), ZMQ_ROUTER);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    zmq_setsockopt(router, ZMQ_CURVE_SERVER, &yes, sizeof yes);
    zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, secret, KEY);
    must_hold(zmq_bind(router, "tcp://127.0.0.1:*") == 0, "bind");
    must_hold(zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0, "endpoint");
    must_hold(write(ready, endpoint, sizeof endpoint) == sizeof endpoint, "write");
    for (;;) {
        char name[16];
        int name_size = zmq_recv(router, name, sizeof name, 0);
        int message_size = zmq_recv(router, message, sizeof message, 0);
        must_hold(name_size > 0 && message_size == SIZE, "receive");
        zmq_send(router, name, (size_t)name_size, ZMQ_SNDMORE);
        zmq_send(router, message, SIZE, 0);
    }
}

static int64_t trip(void *dealer)
{
    char message[SIZE] = {0};
    int64_t begun_ns = now_ns();
    must_hold(zmq_send(dealer, message, SIZE, 0) == SIZE, "send");
    must_hold(zmq_recv(dealer, message, SIZE, 0) == SIZE, "receive");
    return now_ns() - begun_ns;
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

int main(int count, char **words)
{
    static int64_t trips[TRIPS_MAX];
    char public[KEY], secret[KEY], own_public[KEY], own_secret[KEY], endpoint[256];
    double seconds = count > 1 ? atof(words[1]) : 1;
    int ready[2], made = 0;
    must_hold(zmq_curve_keypair(public, secret) == 0, "key");
    must_hold(zmq_curve_keypair(own_public, own_secret) == 0, "key");
    must_hold(pipe(ready) == 0, "pipe");
    pid_t child = fork();
    if (child == 0)
        serve(ready[1], secret);
    must_hold(read(ready[0], endpoint, sizeof endpoint) == sizeof endpoint, "read");
    void *dealer = zmq_socket(zmq_ctx_new(), ZMQ_DEALER);
    zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, public, KEY);
    zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, own_public, KEY);
    zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, own_secret, KEY);
    must_hold(zmq_connect(dealer, endpoint) == 0, "connect");
    for (int i = 0; i < WARM_UP; i++)
        trip(dealer);
    int64_t until_ns = now_ns() + (int64_t)(seconds * 1e9);
    while (made < TRIPS_MAX && now_ns() < until_ns)
        trips[made++] = trip(dealer);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    qsort(trips, (size_t)made, sizeof *trips, by_size);
    printf("%lld\n", (long long)trips[made / 2]);
    return 0;
}
