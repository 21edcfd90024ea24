/* The security log, for tests (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef SECLOG_H
#define SECLOG_H

#include "harness.h"

#define LOG_NAME "winevt\\Logs\\Winsock-Security.xml"
#define OLD_LOG_NAME "winevt\\Logs\\Winsock-Security.old.xml"

#define LOG_NUMBER "<EventRecordID>"

static inline void log_path(const char *name, char path[MAX_PATH])
{
    CHECK(GetSystemDirectoryA(path, MAX_PATH - 64) > 0);
    strcat(path, "\\");
    strcat(path, name);
}

/* The whole file as text, "" if there is none. */
static inline char *read_log(const char *name)
{
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    char path[MAX_PATH], *text;
    DWORD size, done = 0;
    HANDLE file;

    log_path(name, path);
    file = CreateFileA(path, GENERIC_READ, share, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return calloc(1, 1);
    size = GetFileSize(file, NULL);
    text = calloc(1, size + 1);
    CHECK(ReadFile(file, text, size, &done, NULL));
    CHECK_INT(done, size);
    CloseHandle(file);
    return text;
}

static inline unsigned long long number_of(const char *line)
{
    const char *number = strstr(line, LOG_NUMBER);

    return number ? strtoull(number + strlen(LOG_NUMBER), NULL, 10) : 0;
}

/* The lines with higher numbers, the last NULL; *count without it. Each is a whole event. */
static inline char **events_after(unsigned long long number, int *count)
{
    char *texts[2] = {read_log(OLD_LOG_NAME), read_log(LOG_NAME)}, *line,
         **events = calloc(4096, sizeof(*events));
    int i;

    *count = 0;
    for (i = 0; i < 2; i++)
        for (line = strtok(texts[i], "\n"); line; line = strtok(NULL, "\n"))
        {
            if (number_of(line) <= number) continue;
            CHECK(*count < 4095);
            CHECK(!strncmp(line, "<Event ", 7));
            CHECK_STR(line + strlen(line) - 8, "</Event>");
            events[(*count)++] = line;
        }
    return events;
}

static inline unsigned long long last_event(void)
{
    int count;
    char **events = events_after(0, &count);

    return count ? number_of(events[count - 1]) : 0;
}

/* What stands between these two in an event. */
static inline char *between(const char *event, const char *before, const char *after)
{
    const char *begin = strstr(event, before), *end;
    char *text;

    if (!begin) harness_fail(__FILE__, __LINE__, "no %s in %s", before, event);
    begin += strlen(before);
    end = strstr(begin, after);
    CHECK(end != NULL);
    text = calloc(1, end - begin + 1);
    return memcpy(text, begin, end - begin);
}

static inline char *data_of(const char *event, const char *name)
{
    char before[64];

    snprintf(before, sizeof(before), "<Data Name=\"%s\">", name);
    return between(event, before, "</Data>");
}

static inline unsigned long long number_in(const char *event, const char *name)
{
    return strtoull(data_of(event, name), NULL, 0);
}

#endif
