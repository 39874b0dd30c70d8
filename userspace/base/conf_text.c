/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/conf_parts.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* All files together; libconfig takes seconds for a quarter MiB of nothing but settings. */
#define TEXT_OCTETS_MAX   (1 << 18)
#define FILES_MAX         64 /* with all included ones */
#define INCLUDE_DEPTH_MAX 10
#define NAME_OCTETS_MAX   4096

/* Lines of the text from first on are lines of a file from line on, until the next span. */
struct conf_span {
	int first;
	size_t file;
	int line;
};

/* Reading position in one file. */
struct scan {
	struct conf_text *t;
	struct conf_errors *errs;
	const char *p, *end;
	size_t file;
	int line, depth;
	bool fresh; /* only blanks so far on this line */
	int err; /* first failure, negative errno */
};

static int read_file(struct conf_text *t, struct conf_errors *errs, const char *name, int depth);

static int grow(struct conf_text *t, size_t more)
{
	size_t size = t->size ? t->size : 4096;
	char *text;

	while (size < t->len + more + 1)
		size *= 2;
	if (size == t->size)
		return 0;
	text = realloc(t->text, size);
	if (!text)
		return -ENOMEM;
	t->text = text;
	t->size = size;
	return 0;
}

static void append(struct scan *s, const char *octets, size_t n)
{
	struct conf_text *t = s->t;

	if (s->err)
		return;
	if (grow(t, n) < 0) {
		s->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < n; i++)
		t->lines += octets[i] == '\n';
	memcpy(t->text + t->len, octets, n);
	t->len += n;
	t->text[t->len] = 0;
}

/* What follows comes from the scan's file and line. */
static void mark(struct scan *s)
{
	struct conf_text *t = s->t;
	struct conf_span *spans = realloc(t->spans, (t->n_spans + 1) * sizeof(*spans));

	if (!spans) {
		s->err = -ENOMEM;
		return;
	}
	t->spans = spans;
	spans[t->n_spans++] = (struct conf_span){t->lines + 1, s->file, s->line};
}

const char *conf_text_where(const struct conf_text *t, int at, int *line)
{
	size_t i = t->n_spans;

	if (at < 1)
		at = 1;
	while (i > 1 && t->spans[i - 1].first > at)
		i--;
	*line = t->spans[i - 1].line + at - t->spans[i - 1].first;
	return t->files[t->spans[i - 1].file];
}

static void fault(struct scan *s, int line, const char *wrong, const char *right)
{
	struct conf_error *e =
		conf_error_add(s->errs, s->t->lines + 1, s->t->files[s->file], line, "");

	s->err = s->err ? s->err : -EINVAL;
	if (!e)
		return;
	snprintf(e->wrong, sizeof(e->wrong), "%s", wrong);
	snprintf(e->right, sizeof(e->right), "%s", right);
}

/* Take n octets over as they are. */
static void take(struct scan *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] == '\n') {
			s->line++;
			s->fresh = true;
		} else if (s->p[i] != ' ' && s->p[i] != '\t') {
			s->fresh = false;
		}
	}
	append(s, s->p, n);
	s->p += n;
}

static bool starts(const struct scan *s, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(s->end - s->p) >= n && memcmp(s->p, word, n) == 0;
}

static void take_line_comment(struct scan *s)
{
	const char *nl = memchr(s->p, '\n', (size_t)(s->end - s->p));

	take(s, (size_t)((nl ? nl : s->end) - s->p));
}

static void take_block_comment(struct scan *s)
{
	const char *close = memmem(s->p + 2, (size_t)(s->end - s->p - 2), "*/", 2);

	if (close) {
		take(s, (size_t)(close + 2 - s->p));
		return;
	}
	fault(s, s->line, "comment is not closed", "close it with */");
	s->p = s->end;
}

static void take_string(struct scan *s)
{
	const char *q = s->p + 1;

	while (q < s->end && *q != '"')
		q += *q == '\\' && q + 1 < s->end ? 2 : 1;
	if (q < s->end) {
		take(s, (size_t)(q + 1 - s->p));
		return;
	}
	fault(s, s->line, "string is not closed", "close it with \"");
	s->p = s->end;
}

/* libconfig reads integers without suffix into an int, whatever their size. */
static void take_number(struct scan *s)
{
	bool hex = starts(s, "0x") || starts(s, "0X");
	const char *q = s->p + (hex ? 2 : 1);
	char text[32];
	long long v;

	while (q < s->end && (hex ? isxdigit((unsigned char)*q) : isdigit((unsigned char)*q)))
		q++;
	if (!hex && q < s->end && strchr(".eE", *q)) {
		while (q < s->end && (isdigit((unsigned char)*q) || strchr(".eE+-", *q)))
			q++;
		take(s, (size_t)(q - s->p));
		return;
	}
	if (hex) {
		unsigned long long u = strtoull(s->p, NULL, 16);

		v = u > LLONG_MAX ? LLONG_MAX : (long long)u;
	} else {
		v = strtoll(s->p, NULL, 10); /* ends at LLONG_MIN and LLONG_MAX */
	}
	if (v >= INT_MIN && v <= INT_MAX) {
		take(s, (size_t)(q - s->p));
		return;
	}
	append(s, text, (size_t)snprintf(text, sizeof(text), "%lldL", v));
	s->fresh = false;
	while (q < s->end && *q == 'L')
		q++;
	s->p = q;
}

static void take_word(struct scan *s)
{
	const char *q = s->p;

	while (q < s->end && (isalnum((unsigned char)*q) || strchr("-_*", *q)))
		q++;
	take(s, (size_t)(q - s->p));
}

/* Names are relative to the folder of the file that includes. */
static void include_name(const struct scan *s, const char *name, size_t n, char *path)
{
	const char *from = s->t->files[s->file];
	const char *slash = name[0] == '/' ? NULL : strrchr(from, '/');

	snprintf(path, NAME_OCTETS_MAX, "%.*s%.*s", slash ? (int)(slash + 1 - from) : 0, from,
		 (int)n, name);
}

static void include_result(struct scan *s, const char *path, int err)
{
	char wrong[NAME_OCTETS_MAX + 64];

	if (err == -ENOMEM) {
		s->err = err;
	} else if (err == -EINVAL) {
		s->err = s->err ? s->err : err; /* reported at the place itself */
	} else if (err == -E2BIG) {
		fault(s, s->line, "too many includes", "at most 64 files, 10 deep");
	} else if (err < 0) {
		snprintf(wrong, sizeof(wrong), "cannot include %s: %s", path, strerror(-err));
		fault(s, s->line, wrong, "name a readable file");
	}
}

static void take_include(struct scan *s)
{
	char path[NAME_OCTETS_MAX];
	const char *q = s->p + strlen("@include");
	const char *close;

	while (q < s->end && (*q == ' ' || *q == '\t'))
		q++;
	close = q < s->end && *q == '"' ? strpbrk(q + 1, "\"\n") : NULL;
	if (!close || *close != '"' || close == q + 1 || close - q > NAME_OCTETS_MAX / 4) {
		fault(s, s->line, "@include without a file name", "write @include \"file.conf\"");
		take_line_comment(s);
		return;
	}
	include_name(s, q + 1, (size_t)(close - q - 1), path);
	include_result(s, path, read_file(s->t, s->errs, path, s->depth + 1));
	if (s->t->len && s->t->text[s->t->len - 1] != '\n')
		append(s, "\n", 1);
	s->p = close + 1;
	s->fresh = false;
	mark(s);
}

static void scan_one(struct scan *s)
{
	unsigned char c = (unsigned char)*s->p;

	if (c == '@' && s->fresh && starts(s, "@include"))
		take_include(s);
	else if (c == '"')
		take_string(s);
	else if (c == '#' || starts(s, "//"))
		take_line_comment(s);
	else if (starts(s, "/*"))
		take_block_comment(s);
	else if (isalpha(c) || c == '*')
		take_word(s);
	else if (isdigit(c) || ((c == '-' || c == '+' || c == '.') && s->p + 1 < s->end))
		take_number(s);
	else
		take(s, 1);
}

/* @content ends with a 0 behind its @len octets. */
static int scan_file(struct conf_text *t, struct conf_errors *errs, const char *name,
		     const char *content, size_t len, int depth)
{
	struct scan s = {.t = t,
			 .errs = errs,
			 .p = content,
			 .end = content + len,
			 .file = t->n_files,
			 .line = 1,
			 .depth = depth,
			 .fresh = true};
	char **files, *copy;

	t->octets += len;
	if (t->octets > TEXT_OCTETS_MAX)
		return -EFBIG;
	files = realloc(t->files, (t->n_files + 1) * sizeof(*files));
	copy = strdup(name);
	if (files)
		t->files = files;
	if (!files || !copy) {
		free(copy);
		return -ENOMEM;
	}
	files[t->n_files++] = copy;
	if (len >= 3 && memcmp(content, "\xEF\xBB\xBF", 3) == 0)
		s.p += 3; /* byte order mark of some editors */
	mark(&s);
	append(&s, "", 0);
	if (memchr(content, 0, len)) {
		fault(&s, 1, "has an octet 0, is no text", "");
		return s.err;
	}
	while (s.p < s.end && s.err != -ENOMEM)
		scan_one(&s);
	return s.err;
}

static int check_kind(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -ENODEV; /* a pipe would make us wait */
	return st.st_size > TEXT_OCTETS_MAX ? -EFBIG : 0;
}

/* Return: octets read, at most TEXT_OCTETS_MAX, or a negative errno. */
static ssize_t read_all(int fd, char *buf)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, buf + len, TEXT_OCTETS_MAX - len);
		if (n < 0)
			return -errno;
		len += (size_t)n;
	} while (n > 0);
	return (ssize_t)len;
}

/* Read a regular file whole. Return: its octets with a 0 behind them, or NULL and *len. */
static char *slurp(const char *name, ssize_t *len)
{
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *buf = NULL;

	if (fd < 0) {
		*len = -errno;
		return NULL;
	}
	*len = check_kind(fd);
	if (*len == 0) {
		buf = malloc(TEXT_OCTETS_MAX + 1);
		*len = buf ? read_all(fd, buf) : -ENOMEM;
	}
	close(fd);
	if (!buf || *len < 0) {
		free(buf);
		return NULL;
	}
	buf[*len] = 0;
	return buf;
}

/* -EINVAL: read, but wrong, and that has been reported; all others: not yet reported. */
static int read_file(struct conf_text *t, struct conf_errors *errs, const char *name, int depth)
{
	char *content;
	ssize_t len;
	int err;

	if (depth > INCLUDE_DEPTH_MAX || t->n_files == FILES_MAX)
		return -E2BIG;
	content = slurp(name, &len);
	if (!content)
		return (int)len;
	err = scan_file(t, errs, name, content, (size_t)len, depth);
	free(content);
	return err;
}

int conf_text_read(struct conf_text *t, const char *file, const char *text,
		   struct conf_errors *errs)
{
	struct conf_error *e;
	int err;

	memset(t, 0, sizeof(*t));
	err = text ? scan_file(t, errs, file, text, strlen(text), 1) : read_file(t, errs, file, 1);
	if (err == 0 || err == -EINVAL)
		return err;
	e = conf_error_add(errs, 0, file, 0, "");
	if (e) {
		snprintf(e->wrong, sizeof(e->wrong), "cannot be read: %s", strerror(-err));
		snprintf(e->right, sizeof(e->right), "name a readable file of at most 256 KiB");
	}
	return err;
}

void conf_text_free(struct conf_text *t)
{
	for (size_t i = 0; i < t->n_files; i++)
		free(t->files[i]);
	free(t->files);
	free(t->spans);
	free(t->text);
	memset(t, 0, sizeof(*t));
}
