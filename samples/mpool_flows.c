// SPDX-License-Identifier: GPL-2.0
/*
 * A table of network flows, filled by a netfilter hook. A flow is an object of several pieces: a
 * block of a type, and two of a sized pool. The table is bounded in flows and in bytes: where
 * there is no room for one more, the flow that was idle for longest makes place.
 *
 *	modprobe mpool_flows limit_kb=256 max_flows=1024
 *	cat /proc/mpool_flows
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/mpool.h>
#include <linux/netfilter_ipv4.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/ip.h>

#define LABEL_MAX	128	/* with its end; no flow needs more */
#define NR_SIZES	16
#define MAX_EVICTIONS	2

static unsigned int limit_kb = 256;
module_param(limit_kb, uint, 0444);
MODULE_PARM_DESC(limit_kb, "most KiB for the flows' parts, 32 to 1048576 (default 256)");
static unsigned int max_flows = 1024;
module_param(max_flows, uint, 0444);
MODULE_PARM_DESC(max_flows, "most flows, 1 to 4096 (default 1024)");

/* What the packets of a flow have in common. Without padding: hashed and compared as a whole. */
struct flow_tuple {
	__be32 source, destination;
	__be16 ports[2];	/* of these two; 0 for ICMP */
	u32 protocol;
};

struct flow {
	struct hlist_node node;
	struct list_head lru;
	struct flow_tuple tuple;
	u64 packets, bytes;
	unsigned long first_seen, last_seen;	/* in jiffies */
	char *label;
	u64 *sizes;		/* packets of 2^i up to 2^(i + 1) - 1 bytes, for each i */
};

struct packet {
	struct flow_tuple tuple;
	unsigned int length;
	char label[LABEL_MAX];		/* made for the first of a flow only */
};

/*
 * The sizes of a flow are of the larger class, and so is its label if it is long or has to borrow.
 * So each flow that goes leaves a block that is good for both, and MAX_EVICTIONS are enough.
 */
static const size_t class_sizes[] = { LABEL_MAX / 2, LABEL_MAX };
static_assert(NR_SIZES * sizeof(u64) == LABEL_MAX);
static struct mpool_sized *flow_parts;
static struct mpool_type *flow_type;

/* For all below. Processes and softirqs send packets: BH are off while it is held. */
static DEFINE_SPINLOCK(flows_lock);
static DEFINE_HASHTABLE(flows, 8);
static LIST_HEAD(flows_lru);		/* the one that was idle for longest is the first */
static u64 nr_flows, created, evicted, missed, packets, bytes;

static int flow_init(void *obj, void *arg)
{
	struct packet *packet = arg;
	struct flow *flow = obj;

	flow->tuple = packet->tuple;
	flow->packets = 0;
	flow->bytes = 0;
	flow->first_seen = jiffies;
	return 0;
}

static int label_init(void *part, size_t count, void *obj, void *arg)
{
	memcpy(part, ((struct packet *)arg)->label, count);
	return 0;
}

static int sizes_init(void *part, size_t count, void *obj, void *arg)
{
	memset(part, 0, count * sizeof(u64));
	return 0;
}

static void remove_flow(struct flow *flow)
{
	hash_del(&flow->node);
	list_del(&flow->lru);
	nr_flows--;
	WARN_ON_ONCE(mpool_object_destroy(flow_type, flow));	/* no children would keep it */
}

static struct flow *find_flow(const struct flow_tuple *tuple, u32 hash)
{
	struct flow *flow;

	hash_for_each_possible(flows, flow, node, hash)
		if (!memcmp(&flow->tuple, tuple, sizeof(*tuple)))
			return flow;
	return NULL;
}

/* Returns its bytes, the end included. */
static size_t make_label(struct packet *packet, const char *device)
{
	const struct flow_tuple *tuple = &packet->tuple;
	const char *protocol = tuple->protocol == IPPROTO_TCP ? "tcp" :
			       tuple->protocol == IPPROTO_UDP ? "udp" : "icmp";

	return 1 + scnprintf(packet->label, LABEL_MAX,
			     "%s %pI4:%u > %pI4:%u by %s, first of %u bytes", protocol,
			     &tuple->source, ntohs(tuple->ports[0]), &tuple->destination,
			     ntohs(tuple->ports[1]), device, packet->length);
}

/* Nobody can wait here, for memory or for other CPUs: what is not there, older flows must yield. */
static struct flow *create_flow(struct packet *packet, const char *device, u32 hash)
{
	const size_t counts[] = { make_label(packet, device), NR_SIZES };
	struct flow *flow, *oldest;
	int evictions = 0;

	while (IS_ERR(flow = mpool_object_create(flow_type, GFP_ATOMIC, counts, packet))) {
		oldest = list_first_entry_or_null(&flows_lru, struct flow, lru);
		if (!oldest || evictions++ == MAX_EVICTIONS)
			return NULL;
		remove_flow(oldest);
		evicted++;
	}
	hash_add(flows, &flow->node, hash);
	list_add_tail(&flow->lru, &flows_lru);
	nr_flows++;
	created++;
	return flow;
}

/* Is it to be counted? Later fragments have no ports; raw sockets may send not even a header. */
static bool read_packet(const struct sk_buff *skb, struct packet *packet)
{
	const struct iphdr *ip = ip_hdr(skb);
	struct flow_tuple *tuple = &packet->tuple;

	if (skb->len < sizeof(*ip) || ip->ihl < 5 || ip->frag_off & htons(IP_OFFSET))
		return false;
	*tuple = (struct flow_tuple){ ip->saddr, ip->daddr, .protocol = ip->protocol };
	packet->length = skb->len;
	if (ip->protocol == IPPROTO_ICMP)
		return true;
	return (ip->protocol == IPPROTO_TCP || ip->protocol == IPPROTO_UDP) &&
	       !skb_copy_bits(skb, skb_network_offset(skb) + ip_hdrlen(skb), tuple->ports,
			      sizeof(tuple->ports));
}

static unsigned int flows_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct packet packet;
	struct flow *flow;
	u32 hash;

	if (!read_packet(skb, &packet))
		return NF_ACCEPT;
	hash = jhash(&packet.tuple, sizeof(packet.tuple), 0);
	spin_lock_bh(&flows_lock);
	flow = find_flow(&packet.tuple, hash) ?: create_flow(&packet, state->out->name, hash);
	if (flow) {
		flow->packets++;
		flow->bytes += packet.length;
		flow->sizes[min(ilog2(packet.length), NR_SIZES - 1)]++;
		flow->last_seen = jiffies;
		list_move_tail(&flow->lru, &flows_lru);
	}
	missed += !flow;
	packets++;
	bytes += packet.length;
	spin_unlock_bh(&flows_lock);
	return NF_ACCEPT;
}

static const struct nf_hook_ops flows_ops = {
	.hook = flows_hook,
	.pf = NFPROTO_IPV4,
	.hooknum = NF_INET_LOCAL_OUT,
	.priority = NF_IP_PRI_LAST,	/* what another hook drops is not sent */
};

static void show_flow(struct seq_file *seq, const struct flow *flow)
{
	int i;

	seq_printf(seq, "packets=%llu bytes=%llu age_ms=%u idle_ms=%u sizes=", flow->packets,
		   flow->bytes, jiffies_to_msecs(jiffies - flow->first_seen),
		   jiffies_to_msecs(jiffies - flow->last_seen));
	for (i = 0; i < NR_SIZES; i++)
		if (flow->sizes[i])
			seq_printf(seq, "%lu:%llu,", BIT(i), flow->sizes[i]);
	seq_printf(seq, " label=%s\n", flow->label);
}

/* Totals, and then each flow, those first that had a packet last. */
static int flows_show(struct seq_file *seq, void *unused)
{
	struct flow *flow;

	spin_lock_bh(&flows_lock);
	seq_printf(seq, "flows=%llu created=%llu evicted=%llu missed=%llu packets=%llu bytes=%llu\n",
		   nr_flows, created, evicted, missed, packets, bytes);
	list_for_each_entry_reverse(flow, &flows_lru, lru)
		show_flow(seq, flow);
	spin_unlock_bh(&flows_lock);
	return 0;
}

static int __init make_pools(void)
{
	struct mpool_sized_params sized = {
		.name = "flow_parts",
		.classes = class_sizes, .nr_classes = ARRAY_SIZE(class_sizes),
		.limit = (unsigned long)limit_kb * SZ_1K,
		.gfp = __GFP_NOWARN, .flags = MPOOL_BORROW,
	};
	struct mpool_part parts[] = {
		{ .offset = offsetof(struct flow, label), .size = 1, .count = LABEL_MAX,
		  .given = true, .init = label_init },
		{ .offset = offsetof(struct flow, sizes), .size = sizeof(u64), .count = NR_SIZES,
		  .init = sizes_init },
	};
	struct mpool_type_params type = {
		.name = "flows",
		.size = sizeof(struct flow),
		.limit = max_flows,
		.parts = parts, .nr_parts = ARRAY_SIZE(parts),
		.init = flow_init,
	};

	flow_parts = mpool_sized_create(&sized);
	if (IS_ERR(flow_parts))
		return PTR_ERR(flow_parts);
	parts[0].sized = flow_parts;
	parts[1].sized = flow_parts;
	flow_type = mpool_type_create(&type);
	if (IS_ERR(flow_type))
		mpool_sized_destroy(flow_parts);
	return PTR_ERR_OR_ZERO(flow_type);
}

static int __init flows_init(void)
{
	int err;

	/* Some slabs of each class; and what a reader can be shown while packets wait. */
	if (limit_kb < 32 || limit_kb > SZ_1M || !max_flows || max_flows > 4096) {
		pr_err("limit_kb must be 32 to 1048576, and max_flows 1 to 4096\n");
		return -EINVAL;
	}
	err = make_pools();
	if (err)
		return err;
	err = proc_create_single(KBUILD_MODNAME, 0440, NULL, flows_show) ? 0 : -ENOMEM;
	if (err)
		goto err_pools;
	err = nf_register_net_hook(&init_net, &flows_ops);
	if (!err)
		return 0;
	remove_proc_entry(KBUILD_MODNAME, NULL);
err_pools:
	mpool_type_destroy(flow_type);
	mpool_sized_destroy(flow_parts);
	return err;
}

static void __exit flows_exit(void)
{
	struct flow *flow, *next;

	nf_unregister_net_hook(&init_net, &flows_ops);
	synchronize_net();	/* packets may still be in the hook */
	remove_proc_entry(KBUILD_MODNAME, NULL);
	list_for_each_entry_safe(flow, next, &flows_lru, lru)
		remove_flow(flow);
	mpool_type_destroy(flow_type);
	mpool_sized_destroy(flow_parts);
}

module_init(flows_init);
module_exit(flows_exit);

MODULE_DESCRIPTION("Table of network flows whose parts live in memory pools");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
