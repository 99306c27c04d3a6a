/*
 * The native runner: the same op stream through malloc and free of this process.
 *
 *   cc -O2 -fno-builtin -o alloc-bench alloc-bench.c
 *   alloc-bench FILE ALLOCATOR
 *
 * FILE is a stream as streams.ts writes it: shape, slots, laps, bytes, body. Every line read from standard input asks
 * for one round, the whole stream once; the answer is the nanoseconds that it took (contestant.ts). ALLOCATOR is malloc
 * for the C library's own, jemalloc or mimalloc for one that was put in front of it (LD_PRELOAD): a preload that did
 * not work must not pass unnoticed. Compiled with -DLOOP_ALONE there is no allocator, every slot has its place: what
 * the loop itself costs. Without -fno-builtin a compiler may drop a malloc whose object is only freed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef LOOP_ALONE
static int32_t places[1 << 20];
#define ALLOC(slot, bytes) (places + ((slot) & 0xffff) * 16)
#define FREE(object) (*(volatile int32_t *)(object) = 0)
#else
#define ALLOC(slot, bytes) malloc(bytes)
#define FREE(object) free(object)
#endif

enum shape { PAIR, BATCH, REPLACEMENT, OPS };

struct stream {
	int32_t shape, slots, laps, bytes;
	int32_t body[];
};

static const char *allocator(void)
{
	if (dlsym(RTLD_DEFAULT, "mi_version"))
		return "mimalloc";
	if (dlsym(RTLD_DEFAULT, "mallctl"))
		return "jemalloc";
	return "malloc";
}

static struct stream *load(const char *path, long *words)
{
	FILE *file = fopen(path, "rb");
	if (!file)
		return NULL;
	fseek(file, 0, SEEK_END);
	long size = ftell(file);
	rewind(file);
	struct stream *stream = malloc(size);
	if (!stream || fread(stream, size, 1, file) != 1)
		return NULL;
	fclose(file);
	*words = (size - (long)sizeof(*stream)) / 4;
	return stream;
}

static inline int32_t *make(int32_t slot, int32_t bytes)
{
	int32_t *object = ALLOC(slot, bytes);
	if (!object)
		abort();
	*(volatile int32_t *)object = slot;
	return object;
}

__attribute__((noinline)) static void pairs(const struct stream *stream)
{
	int32_t bytes = stream->bytes;
	for (long i = 0; i < stream->laps; i++)
		FREE(make(0, bytes));
}

__attribute__((noinline)) static void batch(const struct stream *stream,
					    int32_t **slots)
{
	int32_t bytes = stream->bytes;
	for (long slot = 0; slot < stream->slots; slot++)
		slots[slot] = make(slot, bytes);
	for (long slot = 0; slot < stream->slots; slot++)
		FREE(slots[slot]);
}

__attribute__((noinline)) static void replace(const struct stream *stream,
					      long words, int32_t **slots)
{
	const int32_t *body = stream->body;
	for (long slot = 0; slot < stream->slots; slot++)
		slots[slot] = make(slot, body[slot]);
	for (long i = stream->slots; i < words; i += 2) {
		int32_t slot = body[i], bytes = body[i + 1];
		FREE(slots[slot]);
		slots[slot] = make(slot, bytes);
	}
	for (long slot = 0; slot < stream->slots; slot++)
		FREE(slots[slot]);
}

__attribute__((noinline)) static void ops(const struct stream *stream,
					  long words, int32_t **slots)
{
	long next = 0;
	for (long i = 0; i < words; i++) {
		int32_t op = stream->body[i];
		if (op > 0) {
			slots[next] = make(next, op);
			next++;
		} else {
			FREE(slots[next + op]);
		}
	}
}

static void run(const struct stream *stream, long words, int32_t **slots)
{
	if (stream->shape == PAIR)
		pairs(stream);
	else
		for (long lap = 0; lap < stream->laps; lap++)
			switch (stream->shape) {
			case BATCH:
				batch(stream, slots);
				break;
			case REPLACEMENT:
				replace(stream, words, slots);
				break;
			case OPS:
				ops(stream, words, slots);
			}
}

static int64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv)
{
	long words;
	struct stream *stream = argc > 2 ? load(argv[1], &words) : NULL;
	int32_t **slots = stream ? calloc(stream->slots, sizeof(*slots)) : NULL;
	char line[64];

	if (!slots)
		return 2;
	if (strcmp(allocator(), argv[2])) {
		printf("absent the library could not be put in front of malloc\n");
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		int64_t start = now();
		run(stream, words, slots);
		printf("%lld\n", (long long)(now() - start));
		fflush(stdout);
	}
	return 0;
}
