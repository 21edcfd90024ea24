/*
 * GetAddrInfoEx: getaddrinfo with name spaces, time-out, completion and cancel.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A lookup at the host cannot be interrupted. So one with a time-out or with an
 * OVERLAPPED runs in a thread of its own, and whatever comes first, its end, the
 * time-out or the cancelling, decides the outcome; an answer that comes later is
 * thrown away.
 */
#include "private.h"

#include "addrinfo.h"
#include "guarded.h"
#include "nsp.h"
#include "startup.h"
#include "text.h"
#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct request
{
    LONG references;
    LONG decided; /* by whoever changed it from 0 */
    struct address_query query;
    enum address_layout layout;
    TP_TIMER *timer;
    HANDLE handle; /* for GetAddrInfoExCancel; NULL once decided */
    struct request *next;
    /* the application's, if overlapped: */
    OVERLAPPED *overlapped;
    LPLOOKUPSERVICE_COMPLETION_ROUTINE routine;
    HANDLE event;
    void **result;
    /* else the outcome, and what tells it: */
    HANDLE done;
    void *list;
    int error;
};

static SRWLOCK requests_lock = SRWLOCK_INIT;
static struct request *requests;
static ULONG_PTR last_handle;

static void release(struct request *request)
{
    if (InterlockedDecrement(&request->references)) return;
    if (request->done) CloseHandle(request->done);
    addrinfo_free(request->list, request->layout);
    query_free(&request->query);
    heap_free(request);
}

static void enlist(struct request *request)
{
    AcquireSRWLockExclusive(&requests_lock);
    request->handle = (HANDLE)(last_handle += 4);
    request->next = requests;
    requests = request;
    ReleaseSRWLockExclusive(&requests_lock);
}

/* Takes a request out of the list by itself or by its handle, with the
 * reference that the list had; NULL if it is not there. */
static struct request *take_out(const struct request *wanted, HANDLE handle)
{
    struct request **at, *request;

    AcquireSRWLockExclusive(&requests_lock);
    for (at = &requests; *at && *at != wanted && (*at)->handle != handle; at = &(*at)->next) continue;
    if ((request = *at)) *at = request->next;
    ReleaseSRWLockExclusive(&requests_lock);
    return request;
}

/* Takes list over. Where the application has given its memory back meanwhile,
 * there is nobody to tell. */
static void write_outcome(const struct request *request, void *list, int error)
{
    ULONG_PTR internal = error;

    if (!guarded_write(request->result, &list, sizeof(list))) addrinfo_free(list, request->layout);
    guarded_write(&request->overlapped->Internal, &internal, sizeof(internal));
}

/* The routine runs in a thread of ours, alertable waits or not. */
static void tell_application(struct request *request, void *list, int error)
{
    OVERLAPPED *overlapped = request->overlapped;

    write_outcome(request, list, error);
    if (request->routine)
        request->routine(error, 0, overlapped);
    else if (request->event)
        SetEvent(request->event);
}

/* TRUE for the one who may tell the outcome. */
static BOOL claim(struct request *request)
{
    return !InterlockedCompareExchange(&request->decided, 1, 0);
}

/* Takes list over. */
static void conclude(struct request *request, void *list, int error)
{
    struct request *listed;

    if ((listed = take_out(request, NULL))) release(listed);
    if (request->overlapped)
        tell_application(request, list, error);
    else
    {
        request->list = list;
        request->error = error;
        SetEvent(request->done);
    }
}

static DWORD WINAPI run(void *context)
{
    struct request *request = context;
    TP_TIMER *timer = request->timer;
    void *list;
    int error = query_run(&request->query, request->layout, &list);

    if (claim(request))
        conclude(request, list, error);
    else
        addrinfo_free(list, request->layout);
    if (timer)
    {
        SetThreadpoolTimer(timer, NULL, 0, 0);
        WaitForThreadpoolTimerCallbacks(timer, TRUE);
        CloseThreadpoolTimer(timer);
    }
    release(request);
    return 0;
}

static void CALLBACK time_out(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    (void)instance;
    (void)timer;
    if (claim(context)) conclude(context, NULL, WSAETIMEDOUT);
}

static void CALLBACK tell_cancelled(TP_CALLBACK_INSTANCE *instance, void *context)
{
    (void)instance;
    conclude(context, NULL, WSA_E_CANCELLED);
    release(context);
}

/* Negative: from now on, in units of 100 ns. */
static LONGLONG timer_due(const struct timeval *timeout)
{
    return -((LONGLONG)timeout->tv_sec * 10000000 + (LONGLONG)timeout->tv_usec * 10);
}

static BOOL set_timer(struct request *request, const struct timeval *timeout)
{
    LARGE_INTEGER due;
    FILETIME time;

    if (!timeout) return TRUE;
    if (!(request->timer = CreateThreadpoolTimer(time_out, request, NULL))) return FALSE;
    due.QuadPart = timer_due(timeout);
    if (!due.QuadPart) due.QuadPart = -1;
    time.dwLowDateTime = due.LowPart;
    time.dwHighDateTime = due.HighPart;
    SetThreadpoolTimer(request->timer, &time, 0, 0);
    return TRUE;
}

/* Takes the query over, and a reference for the thread. */
static struct request *make_request(struct address_query *query, enum address_layout layout)
{
    struct request *request = heap_zalloc(sizeof(*request));

    if (!request) return NULL;
    request->references = 1;
    request->layout = layout;
    request->query = *query;
    memset(query, 0, sizeof(*query));
    return request;
}

static BOOL start(struct request *request, const struct timeval *timeout)
{
    InterlockedIncrement(&request->references);
    if (set_timer(request, timeout) && thread_start(run, request)) return TRUE;
    if (request->timer)
    {
        WaitForThreadpoolTimerCallbacks(request->timer, TRUE);
        CloseThreadpoolTimer(request->timer);
    }
    release(request);
    return FALSE;
}

static int run_with_timeout(struct address_query *query, enum address_layout layout,
                            const struct timeval *timeout, void **list)
{
    struct request *request = make_request(query, layout);
    int error = WSA_NOT_ENOUGH_MEMORY;

    if (!request) return error;
    if ((request->done = CreateEventW(NULL, TRUE, FALSE, NULL)) && start(request, timeout))
    {
        WaitForSingleObject(request->done, INFINITE);
        error = request->error;
        *list = request->list;
        request->list = NULL;
    }
    release(request);
    return error;
}

/* What the call writes before it returns. */
static int prepare_overlapped(struct request *request, OVERLAPPED *overlapped, void **result, HANDLE *handle)
{
    OVERLAPPED copy;

    if (!guarded_read(&copy, overlapped, sizeof(copy))) return WSAEFAULT;
    if (request->routine && copy.hEvent) return WSAEINVAL;
    request->event = copy.hEvent;
    copy.Internal = WSAEINPROGRESS;
    copy.Pointer = result;
    if (!guarded_write(overlapped, &copy, sizeof(copy))) return WSAEFAULT;
    return !handle || guarded_write(handle, &request->handle, sizeof(request->handle)) ? 0 : WSAEFAULT;
}

static int run_overlapped(struct address_query *query, enum address_layout layout,
                          const struct timeval *timeout, void **result, OVERLAPPED *overlapped,
                          LPLOOKUPSERVICE_COMPLETION_ROUTINE routine, HANDLE *handle)
{
    struct request *request = make_request(query, layout), *listed;
    int error;

    if (!request) return WSA_NOT_ENOUGH_MEMORY;
    request->overlapped = overlapped;
    request->routine = routine;
    request->result = result;
    InterlockedIncrement(&request->references);
    enlist(request);
    error = prepare_overlapped(request, overlapped, result, handle);
    if (!error && !start(request, timeout)) error = WSA_NOT_ENOUGH_MEMORY;
    if (error && (listed = take_out(request, NULL))) release(listed);
    release(request);
    return error ? error : ERROR_IO_PENDING;
}

static int read_timeout(const struct timeval *timeout, struct timeval *copy)
{
    if (!timeout) return 0;
    if (!guarded_read(copy, timeout, sizeof(*copy))) return WSAEFAULT;
    return copy->tv_sec >= 0 && copy->tv_usec >= 0 ? 0 : WSAEINVAL;
}

static BOOL is_dns(const struct address_query *query)
{
    return (query->name_space == NS_ALL || query->name_space == NS_DNS) &&
           (!query->has_provider || IsEqualGUID(&query->provider, &namespace_dns_id));
}

/* Where the name is to be found; what is not installed is an error at once. */
static int set_provider(struct address_query *query, DWORD namespace, const GUID *provider)
{
    query->name_space = namespace;
    query->has_provider = provider != NULL;
    if (provider && !guarded_read(&query->provider, provider, sizeof(*provider))) return WSAEFAULT;
    if (is_dns(query)) return 0;
    return nsp_resolve_in(NULL, 0, namespace, provider ? &query->provider : NULL, NULL);
}

static int finish(int error)
{
    SetLastError(error);
    return error;
}

/*
 * Like GetAddrInfoW, and: WSASERVICE_NOT_FOUND for a name space or provider that
 * is not installed, WSAETIMEDOUT. With overlapped it returns WSA_IO_PENDING once
 * the arguments have been found right, be the answer known at once or not; the
 * outcome is in overlapped->Internal when the event is set or the routine runs,
 * which may not both be given. *handle can be cancelled until then.
 */
int WINAPI GetAddrInfoExW(const WCHAR *name, const WCHAR *service, DWORD namespace, GUID *provider,
                          const ADDRINFOEXW *hints, ADDRINFOEXW **result, struct timeval *timeout,
                          OVERLAPPED *overlapped, LPLOOKUPSERVICE_COMPLETION_ROUTINE routine, HANDLE *handle)
{
    struct address_query query;
    struct timeval time;
    void *list = NULL;
    int error;

    TRACE(
        "name %s, service %s, namespace %lu, provider %s, hints %p, timeout %p, overlapped %p, routine %p\n",
        debugstr_w(name), debugstr_w(service), namespace, debugstr_guid(provider), hints, timeout, overlapped,
        routine);
    if (!startup_done()) return WSANOTINITIALISED;
    if (!addrinfo_give((void **)result, NULL)) return finish(WSAEFAULT);
    if (!overlapped && (routine || handle)) return finish(WSAEINVAL);
    if (!(error = query_prepare(&query, name, service, hints, LAYOUT_EXW)) &&
        !(error = set_provider(&query, namespace, provider)) && !(error = read_timeout(timeout, &time)))
    {
        if (overlapped)
            error = run_overlapped(&query, LAYOUT_EXW, timeout ? &time : NULL, (void **)result, overlapped,
                                   routine, handle);
        else if (timeout)
            error = run_with_timeout(&query, LAYOUT_EXW, &time, &list);
        else
            error = query_run(&query, LAYOUT_EXW, &list);
    }
    query_free(&query);
    if (!error && !addrinfo_give((void **)result, list))
    {
        addrinfo_free(list, LAYOUT_EXW);
        error = WSAEFAULT;
    }
    return finish(error);
}

/* The ANSI form has neither time-out nor completion: WSAEINVAL. */
int WINAPI GetAddrInfoExA(const char *name, const char *service, DWORD namespace, GUID *provider,
                          const ADDRINFOEXA *hints, ADDRINFOEXA **result, struct timeval *timeout,
                          OVERLAPPED *overlapped, LPLOOKUPSERVICE_COMPLETION_ROUTINE routine, HANDLE *handle)
{
    struct address_query query;
    void *list = NULL;
    int error;

    TRACE("name %s, service %s, namespace %lu, provider %s, hints %p\n", debugstr_a(name),
          debugstr_a(service), namespace, debugstr_guid(provider), hints);
    if (!startup_done()) return WSANOTINITIALISED;
    if (!addrinfo_give((void **)result, NULL)) return finish(WSAEFAULT);
    if (timeout || overlapped || routine || handle) return finish(WSAEINVAL);
    if (!(error = query_prepare(&query, name, service, hints, LAYOUT_EXA)) &&
        !(error = set_provider(&query, namespace, provider)))
        error = query_run(&query, LAYOUT_EXA, &list);
    query_free(&query);
    if (!error && !addrinfo_give((void **)result, list))
    {
        addrinfo_free(list, LAYOUT_EXA);
        error = WSAEFAULT;
    }
    return finish(error);
}

/* WSAEINPROGRESS until it is over, then the outcome. */
int WINAPI GetAddrInfoExOverlappedResult(OVERLAPPED *overlapped)
{
    ULONG_PTR internal;

    TRACE("overlapped %p\n", overlapped);
    if (!overlapped) return WSAEINVAL;
    return guarded_read(&internal, &overlapped->Internal, sizeof(internal)) ? (int)internal : WSAEFAULT;
}

/* The request ends with WSA_E_CANCELLED, told by another thread, in case the
 * routine wants what the caller holds. WSA_INVALID_HANDLE once it is over. */
int WINAPI GetAddrInfoExCancel(HANDLE *handle)
{
    struct request *request;
    HANDLE value;

    TRACE("handle %p\n", handle);
    if (!guarded_read(&value, handle, sizeof(value)) || !value) return WSA_INVALID_HANDLE;
    if (!(request = take_out(NULL, value))) return WSA_INVALID_HANDLE;
    if (!claim(request))
    {
        release(request);
        return WSA_INVALID_HANDLE;
    }
    if (!TrySubmitThreadpoolCallback(tell_cancelled, request, NULL)) tell_cancelled(NULL, request);
    return NO_ERROR;
}

static GUID hostname_class = {0x0002a800, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

/* Addresses of hosts, as providers take them. */
static CSADDR_INFO *read_addresses(const SOCKET_ADDRESS *application, DWORD count)
{
    SOCKET_ADDRESS *copy = heap_alloc((count + 1) * sizeof(*copy));
    CSADDR_INFO *infos = heap_zalloc((count + 1) * sizeof(*infos)), *copied = NULL;
    DWORD i;

    if (copy && infos && guarded_read(copy, application, count * sizeof(*copy)))
    {
        for (i = 0; i < count && guarded_readable(copy[i].lpSockaddr, copy[i].iSockaddrLength); i++)
            infos[i].LocalAddr = infos[i].RemoteAddr = copy[i];
        if (i == count) copied = addresses_copy(infos, count);
    }
    heap_free(copy);
    heap_free(infos);
    return copied;
}

static int read_registration(struct query *query, SOCKET_ADDRESS *addresses, DWORD count, const BLOB *blob)
{
    BLOB copy = {0, NULL};

    if (count > 0xffff) return WSAEINVAL;
    if (count && !(query->addresses = read_addresses(addresses, count))) return WSAEFAULT;
    query->address_count = count;
    if (blob && !guarded_read(&copy, blob, sizeof(copy))) return WSAEFAULT;
    if (!copy.cbSize) return 0;
    if (!(query->blob = heap_alloc(copy.cbSize))) return WSA_NOT_ENOUGH_MEMORY;
    query->blob_size = copy.cbSize;
    return guarded_read(query->blob, copy.pBlobData, copy.cbSize) ? 0 : WSAEFAULT;
}

/* With no addresses the name is deregistered. WSASERVICE_NOT_FOUND where no installed
 * provider takes it, as DNS does not. */
static int register_name(WCHAR *name, WCHAR *service, SOCKET_ADDRESS *addresses, DWORD count,
                         const BLOB *blob, DWORD flags, DWORD namespace, const GUID *provider)
{
    struct query query = {.has_class = TRUE, .service_class = hostname_class, .name_space = namespace};
    struct address_query where;
    int error = set_provider(&where, namespace, provider);

    query.name = name;
    query.query_string = service;
    if (!error) error = read_registration(&query, addresses, count, blob);
    if (!error && (query.has_provider = provider != NULL)) query.provider = where.provider;
    if (!error) error = register_service(&query, count ? RNRSERVICE_REGISTER : RNRSERVICE_DEREGISTER, flags);
    heap_free(query.addresses);
    heap_free(query.blob);
    return error;
}

static int set_addrinfo(const void *name, const void *service, BOOL wide, SOCKET_ADDRESS *addresses,
                        DWORD count, const BLOB *blob, DWORD flags, DWORD namespace, const GUID *provider,
                        BOOL reserved)
{
    WCHAR *wide_name = NULL, *wide_service = NULL;
    int error;

    if (!startup_done()) return WSANOTINITIALISED;
    if (reserved || !name) return finish(WSAEINVAL);
    error = text_copy_any(name, wide, &wide_name);
    if (!error && service) error = text_copy_any(service, wide, &wide_service);
    if (!error)
        error = register_name(wide_name, wide_service, addresses, count, blob, flags, namespace, provider);
    heap_free(wide_name);
    heap_free(wide_service);
    return finish(error);
}

int WINAPI SetAddrInfoExA(const char *name, const char *service, SOCKET_ADDRESS *addresses, DWORD count,
                          BLOB *blob, DWORD flags, DWORD namespace, GUID *provider, struct timeval *timeout,
                          OVERLAPPED *overlapped, LPLOOKUPSERVICE_COMPLETION_ROUTINE routine, HANDLE *handle)
{
    TRACE("name %s, service %s, addresses %p, count %lu, blob %p, flags %#lx, namespace %lu\n",
          debugstr_a(name), debugstr_a(service), addresses, count, blob, flags, namespace);
    return set_addrinfo(name, service, FALSE, addresses, count, blob, flags, namespace, provider,
                        timeout || overlapped || routine || handle);
}

int WINAPI SetAddrInfoExW(const WCHAR *name, const WCHAR *service, SOCKET_ADDRESS *addresses, DWORD count,
                          BLOB *blob, DWORD flags, DWORD namespace, GUID *provider, struct timeval *timeout,
                          OVERLAPPED *overlapped, LPLOOKUPSERVICE_COMPLETION_ROUTINE routine, HANDLE *handle)
{
    TRACE("name %s, service %s, addresses %p, count %lu, blob %p, flags %#lx, namespace %lu\n",
          debugstr_w(name), debugstr_w(service), addresses, count, blob, flags, namespace);
    return set_addrinfo(name, service, TRUE, addresses, count, blob, flags, namespace, provider,
                        timeout || overlapped || routine || handle);
}

void WINAPI FreeAddrInfoEx(ADDRINFOEXA *list)
{
    TRACE("%p\n", list);
    addrinfo_free(list, LAYOUT_EXA);
}

void WINAPI FreeAddrInfoExW(ADDRINFOEXW *list)
{
    TRACE("%p\n", list);
    addrinfo_free(list, LAYOUT_EXW);
}
