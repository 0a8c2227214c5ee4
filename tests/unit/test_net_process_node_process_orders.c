#include "net/process/node_process.h"

#include "base/memory.h"
#include "support/suite.h"

#include <sys/socket.h>
#include <unistd.h>

static void send_plain(int to, struct order order)
{
    char room[64];
    struct string_builder bytes = string_builder_over(room, sizeof room);
    order_write(&bytes, &order);
    must(send(to, bytes.text, bytes.size, 0) == (ssize_t)bytes.size);
}

/* A driver's brief, and an order that it sends after that. */
static void send_brief(int to)
{
    send_plain(to, (struct order){.kind = ORDER_BRIEFED});
    send_plain(to, (struct order){.kind = ORDER_SYNC, .sync = 7});
}

/* Were it up before, it would serve its peers while it does not know how long a turn takes. */
static void a_process_takes_its_brief_and_no_other_order_before_it_starts(void)
{
    for (int awaits = 0; awaits <= 1; awaits++) {
        int pair[2];
        must(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
        struct node_process *process = memory_zeroed(sizeof *process);
        CU_ASSERT_PTR_NOT_NULL_FATAL(process);
        process->orders = pair[1];
        process->setup.awaits_brief = awaits;
        CU_ASSERT_EQUAL(node_process_awaits_brief(process), awaits);
        send_brief(pair[0]);
        CU_ASSERT_TRUE(node_process_take_orders(process));
        CU_ASSERT_FALSE(node_process_awaits_brief(process));
        CU_ASSERT_EQUAL(process->briefed, awaits);
        CU_ASSERT_EQUAL(process->gauges.synced, 0);
        process->started = true;
        CU_ASSERT_TRUE(node_process_take_orders(process));
        CU_ASSERT_TRUE(process->briefed && process->gauges.synced == 7);
        memory_free(process);
        close(pair[0]);
        close(pair[1]);
    }
}

SUITE(net_node_process_orders, TEST(a_process_takes_its_brief_and_no_other_order_before_it_starts));
