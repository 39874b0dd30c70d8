/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/jsonline.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define END_MS       1000 /* for the last words */
#define TURN_LINES   16
#define BUFFER_START 16384 /* first size of an input buffer */
#define BUFFER_KEEP  (128 << 10) /* larger buffers are given back once they are empty */

struct buffer {
	char *data;
	size_t start, end, cap; /* used from start to end */
};

struct jsonline {
	uv_pipe_t pipe;
	uv_idle_t turn; /* runs once a loop iteration while there is something to go on with */
	uv_timer_t timer; /* line_ms, or END_MS when ending */
	uv_write_t write;
	uv_connect_t connect;
	struct jsonline_limits limits;
	struct jsonline_callbacks cb;

	struct buffer in;
	size_t scanned; /* no '\n' in in.data from in.start to here */
	size_t offered; /* room that the last read had */
	struct buffer waiting, flying;

	bool connected; /* the pipe may be read */
	bool greeted; /* the first line was whole */
	bool overdue; /* the timer ran out; one more look at the socket */
	bool quiet; /* ended, closed or gone() was called: no further callback */
	bool ending; /* close when all is written */
	bool closing; /* uv_close() was called */
	bool choked; /* too much waits: fail() in the next loop iteration */
	bool deaf; /* writing failed; what can be read still is, it may say why */
	size_t unheard; /* octets sent to a deaf peer */
	int open_handles;
};

static void stop_reading(struct jsonline *j)
{
	if (j->connected)
		uv_read_stop((uv_stream_t *)&j->pipe);
}

static void on_closed(uv_handle_t *handle)
{
	struct jsonline *j = handle->data;

	if (--j->open_handles)
		return;
	free(j->in.data);
	free(j->waiting.data);
	free(j->flying.data);
	free(j);
}

static void close_now(struct jsonline *j)
{
	if (j->closing)
		return;
	j->closing = true;
	j->quiet = true;
	uv_close((uv_handle_t *)&j->pipe, on_closed);
	uv_close((uv_handle_t *)&j->turn, on_closed);
	uv_close((uv_handle_t *)&j->timer, on_closed);
}

static void fail(struct jsonline *j, int err, const char *why)
{
	if (j->quiet)
		return;
	j->quiet = true;
	stop_reading(j);
	uv_idle_stop(&j->turn);
	uv_timer_stop(&j->timer);
	j->cb.gone(j->cb.ctx, err, why);
}

/* ---- input ---- */

static void on_timer(uv_timer_t *timer);

static void restart_deadline(struct jsonline *j)
{
	j->overdue = false;
	if (j->limits.line_ms)
		uv_timer_start(&j->timer, on_timer, (uint64_t)j->limits.line_ms, 0);
}

/*
 * A loop that was held up (a suspended machine, a debugger) finds its timers due before it
 * has looked at its sockets: the line gets one look more.
 */
static void on_timer(uv_timer_t *timer)
{
	struct jsonline *j = timer->data;

	if (j->ending) {
		close_now(j);
	} else if (!j->overdue) {
		j->overdue = true;
		uv_timer_start(&j->timer, on_timer, 1, 0);
	} else {
		fail(j, -ETIMEDOUT, "a line was not completed in time");
	}
}

/* Return: true if this turn's share is used up and there may be more lines. */
static bool take_lines(struct jsonline *j)
{
	struct buffer *in = &j->in;
	size_t octets = 0;
	char *text, *nl;
	int lines;

	for (lines = 0; lines < j->limits.turn_lines && octets < JSONLINE_TURN_OCTETS; lines++) {
		nl = memchr(in->data + j->scanned, '\n', in->end - j->scanned);
		if (!nl) {
			j->scanned = in->end;
			break;
		}
		text = in->data + in->start;
		*nl = '\0';
		in->start = j->scanned = (size_t)(nl + 1 - in->data);
		octets += in->start - (size_t)(text - in->data);
		if ((size_t)(nl - text) > j->limits.line_max) {
			fail(j, -EMSGSIZE, "line too long");
			return false;
		}
		j->greeted = true;
		restart_deadline(j);
		j->cb.line(j->cb.ctx, text, (size_t)(nl - text));
		if (j->quiet)
			return false;
	}
	if (j->scanned < in->end)
		return true;
	if (in->end - in->start > j->limits.line_max)
		fail(j, -EMSGSIZE, "line too long");
	return false;
}

static void on_turn(uv_idle_t *turn);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf);

/* Handle one turn's share, then read on, or have another turn in the next iteration. */
static void take_turn(struct jsonline *j, bool more_to_read)
{
	bool more_lines = take_lines(j);

	if (j->quiet || j->choked)
		return;
	if (more_lines || more_to_read) {
		stop_reading(j);
		uv_idle_start(&j->turn, on_turn);
	} else {
		uv_idle_stop(&j->turn);
		uv_read_start((uv_stream_t *)&j->pipe, on_alloc, on_read);
	}
	/* Only the peer can be late: not while it waits for its turn. */
	if (j->greeted && (more_lines || j->in.start == j->in.end))
		uv_timer_stop(&j->timer);
	else if (j->greeted && !uv_is_active((uv_handle_t *)&j->timer))
		restart_deadline(j);
}

static void on_turn(uv_idle_t *turn)
{
	struct jsonline *j = turn->data;

	if (j->choked)
		fail(j, -ENOBUFS, "does not read what it is sent");
	else
		take_turn(j, false);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct jsonline *j = handle->data;
	struct buffer *in = &j->in;
	size_t cap;
	char *data;

	(void)suggested;
	if (in->start == in->end && in->cap > BUFFER_KEEP) {
		free(in->data);
		*in = (struct buffer){0};
	}
	if (in->start) {
		memmove(in->data, in->data + in->start, in->end - in->start);
		in->end -= in->start;
		in->start = 0;
	}
	j->scanned = in->end;
	if (in->end == in->cap) {
		cap = in->cap ? 2 * in->cap : BUFFER_START;
		if (cap > j->limits.line_max + 1)
			cap = j->limits.line_max + 1;
		data = realloc(in->data, cap);
		if (data) {
			in->data = data;
			in->cap = cap;
		}
	}
	j->offered = in->cap - in->end;
	*buf = uv_buf_init(in->data + in->end, (unsigned int)j->offered);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct jsonline *j = stream->data;

	(void)buf;
	if (n == 0)
		return;
	if (n == UV_EOF) {
		fail(j, 0, "closed by the other side");
	} else if (n == UV_ENOBUFS) {
		fail(j, -ENOMEM, "no memory to read");
	} else if (n < 0) {
		fail(j, (int)n, uv_strerror((int)n));
	} else {
		j->in.end += (size_t)n;
		take_turn(j, (size_t)n == j->offered);
	}
}

/* ---- output ---- */

static int buffer_add(struct buffer *b, const char *text, size_t len)
{
	size_t cap = b->cap ? b->cap : 4096;
	char *data;

	while (cap - b->end < len)
		cap *= 2;
	if (cap != b->cap) {
		data = realloc(b->data, cap);
		if (!data)
			return -ENOMEM;
		b->data = data;
		b->cap = cap;
	}
	memcpy(b->data + b->end, text, len);
	b->end += len;
	return 0;
}

static void buffer_empty(struct buffer *b)
{
	b->end = 0;
	if (b->cap > BUFFER_KEEP) {
		free(b->data);
		*b = (struct buffer){0};
	}
}

static void on_written(uv_write_t *req, int status);

static void flush(struct jsonline *j)
{
	struct buffer taken = j->waiting;
	uv_buf_t buf;

	j->waiting = j->flying;
	j->flying = taken;
	buf = uv_buf_init(j->flying.data, (unsigned int)j->flying.end);
	if (uv_write(&j->write, (uv_stream_t *)&j->pipe, &buf, 1, on_written)) {
		buffer_empty(&j->flying);
		j->deaf = true;
	}
}

static void on_written(uv_write_t *req, int status)
{
	struct jsonline *j = req->data;

	buffer_empty(&j->flying);
	if (j->closing)
		return;
	if (status < 0) {
		buffer_empty(&j->waiting);
		j->deaf = true;
	}
	if (j->waiting.end)
		flush(j);
	else if (j->ending)
		close_now(j);
	else if (!j->quiet && !j->deaf && j->cb.drained)
		j->cb.drained(j->cb.ctx);
}

size_t jsonline_waiting(const struct jsonline *j)
{
	return j->waiting.end + j->flying.end + j->unheard;
}

/* Not at once: nobody expects to be called back while he sends. */
static void choke(struct jsonline *j)
{
	j->choked = true;
	if (!j->quiet)
		uv_idle_start(&j->turn, on_turn);
}

int jsonline_send(struct jsonline *j, const char *text, size_t len)
{
	size_t waiting = jsonline_waiting(j);
	int err;

	if (j->closing || j->ending)
		return -EPIPE;
	if (j->deaf) {
		j->unheard += len;
		err = -EPIPE;
	} else if (j->choked || waiting > j->limits.backlog_max) {
		err = -ENOBUFS;
	} else {
		err = buffer_add(&j->waiting, text, len);
	}
	if (err == -ENOBUFS || err == -ENOMEM || waiting > j->limits.backlog_max)
		choke(j);
	else if (!err && !j->flying.end)
		flush(j);
	return err;
}

char *jsonline_text(const json_t *object, size_t *len)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(16));

	if (!text)
		return NULL;
	*len = strlen(text) + 1;
	text[*len - 1] = '\n'; /* whoever has it goes by the length */
	return text;
}

int jsonline_send_json(struct jsonline *j, const json_t *object, size_t max)
{
	size_t len;
	char *text = jsonline_text(object, &len);
	int err;

	if (!text)
		return -ENOMEM;
	err = len - 1 > max ? -EMSGSIZE : jsonline_send(j, text, len);
	free(text);
	return err;
}

/* ---- begin and end ---- */

int jsonline_path_check(const char *path)
{
	return strlen(path) < sizeof(((struct sockaddr_un *)0)->sun_path) ? 0 : -ENAMETOOLONG;
}

int jsonline_open(struct jsonline **out, uv_loop_t *loop, const struct jsonline_limits *limits,
		  const struct jsonline_callbacks *cb)
{
	struct jsonline *j = calloc(1, sizeof(*j));

	if (!j)
		return -ENOMEM;
	signal(SIGPIPE, SIG_IGN);
	j->limits = *limits;
	if (!j->limits.turn_lines)
		j->limits.turn_lines = TURN_LINES;
	j->cb = *cb;
	uv_pipe_init(loop, &j->pipe, 0);
	uv_idle_init(loop, &j->turn);
	uv_timer_init(loop, &j->timer);
	j->open_handles = 3;
	j->pipe.data = j->turn.data = j->timer.data = j->write.data = j->connect.data = j;
	*out = j;
	return 0;
}

static int start(struct jsonline *j)
{
	j->connected = true;
	restart_deadline(j);
	return uv_read_start((uv_stream_t *)&j->pipe, on_alloc, on_read);
}

int jsonline_accept(struct jsonline *j, uv_stream_t *server)
{
	int err = uv_accept(server, (uv_stream_t *)&j->pipe);

	return err ? err : start(j);
}

static void on_connect(uv_connect_t *req, int status)
{
	struct jsonline *j = req->data;

	if (j->quiet)
		return;
	if (!status)
		status = start(j);
	if (status)
		fail(j, status, uv_strerror(status));
	else
		j->cb.connected(j->cb.ctx);
}

int jsonline_connect(struct jsonline *j, const char *path)
{
	int err = jsonline_path_check(path);

	if (!err)
		uv_pipe_connect(&j->connect, &j->pipe, path, on_connect);
	return err;
}

void jsonline_trust(struct jsonline *j, size_t line_max, int turn_lines)
{
	j->limits.line_max = line_max;
	j->limits.turn_lines = turn_lines;
}

int jsonline_fd(const struct jsonline *j)
{
	uv_os_fd_t fd = -1;

	return uv_fileno((const uv_handle_t *)&j->pipe, &fd) ? -1 : fd;
}

void jsonline_end(struct jsonline *j)
{
	j->quiet = true;
	if (j->closing || j->ending)
		return;
	j->ending = true;
	if (!j->flying.end) { /* nothing waits behind nothing */
		close_now(j);
		return;
	}
	stop_reading(j);
	uv_idle_stop(&j->turn);
	uv_timer_start(&j->timer, on_timer, END_MS, 0);
}

void jsonline_close(struct jsonline *j)
{
	close_now(j);
}
