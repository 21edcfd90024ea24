/*
 * Looking for Bluetooth devices and services, and registering one's own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Run by tools/wintests, it meets an adapter that is played (tests/net/played_bluetooth.c).
 */
#include "providers.h"

#include <initguid.h>
#include <ws2bth.h>

#define SERIAL_UUID 0x1101
#define ADAPTER L"(01:23:45:67:89:AB)"
#define PHONE L"(00:11:22:33:44:55)"
#define PHONE_ADDRESS 0x001122334455ULL
#define CONNECTED_ADDRESS 0x00c0ffee0001ULL

DEFINE_GUID(serial_class, SERIAL_UUID, 0, 0x1000, 0x80, 0, 0, 0x80, 0x5f, 0x9b, 0x34, 0xfb);

static GUID serial_class_id;

#define RETURN_ALL \
    (LUP_RETURN_NAME | LUP_RETURN_TYPE | LUP_RETURN_ADDR | LUP_RETURN_BLOB | LUP_RETURN_COMMENT)

union answer
{
    WSAQUERYSETW set;
    WSAQUERYSETA ansi;
    char room[4096];
};

static WSAQUERYSETW query_of(const WCHAR *context)
{
    WSAQUERYSETW query = {0};

    serial_class_id = serial_class;
    query.dwSize = sizeof(query);
    query.dwNameSpace = NS_BTH;
    if (context)
    {
        query.lpServiceClassId = &serial_class_id;
        query.lpszContext = (WCHAR *)context;
    }
    return query;
}

static HANDLE begin(const WCHAR *context, DWORD flags)
{
    WSAQUERYSETW query = query_of(context);
    HANDLE lookup = NULL;

    CHECK_INT(WSALookupServiceBeginW(&query, flags, &lookup), 0);
    CHECK(lookup != NULL);
    return lookup;
}

static BOOL next(HANDLE lookup, DWORD flags, union answer *answer)
{
    DWORD size = sizeof(*answer);

    memset(answer, 0xcc, sizeof(*answer));
    if (!WSALookupServiceNextW(lookup, flags, &size, &answer->set)) return TRUE;
    CHECK_INT(WSAGetLastError(), WSA_E_NO_MORE);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
    return FALSE;
}

static const SOCKADDR_BTH *remote_of(const union answer *answer)
{
    const CSADDR_INFO *info = answer->set.lpcsaBuffer;

    CHECK_INT(answer->set.dwNumberOfCsAddrs, 1);
    CHECK_INT(info->RemoteAddr.iSockaddrLength, sizeof(SOCKADDR_BTH));
    CHECK_INT(info->LocalAddr.iSockaddrLength, sizeof(SOCKADDR_BTH));
    CHECK_INT(info->iSocketType, SOCK_STREAM);
    CHECK_INT(info->iProtocol, BTHPROTO_RFCOMM);
    CHECK_INT(((SOCKADDR_BTH *)info->LocalAddr.lpSockaddr)->btAddr, 0x0123456789abULL);
    return (const SOCKADDR_BTH *)info->RemoteAddr.lpSockaddr;
}

TEST(the_provider_is_listed_where_there_is_an_adapter)
{
    const WSANAMESPACE_INFOW *provider = provider_of(NS_BTH);

    CHECK(provider != NULL);
    CHECK(IsEqualGUID(&provider->NSProviderId, &SVCID_BTH_PROVIDER));
    CHECK(provider->fActive);
    CHECK(!lstrcmpW(provider->lpszIdentifier, L"Bluetooth Namespace"));
}

TEST(an_inquiry_finds_devices_in_range_and_those_that_are_known)
{
    HANDLE lookup = begin(NULL, LUP_CONTAINERS | LUP_FLUSHCACHE | RETURN_ALL);
    const WCHAR *names[] = {L"Phone \xe9", L"Headset", L"", L""};
    const ULONGLONG addresses[] = {PHONE_ADDRESS, 0x00aabbccddeeULL, 0x0000deadbeefULL, CONNECTED_ADDRESS};
    const ULONG classes[] = {0x5a020c, 0x240404, 0x001f00, 0};
    union answer answer;
    int i;

    for (i = 0; next(lookup, 0, &answer); i++)
    {
        CHECK(i < 4);
        CHECK_INT(answer.set.dwSize, sizeof(answer.set));
        CHECK_INT(answer.set.dwNameSpace, NS_BTH);
        CHECK_INT(remote_of(&answer)->addressFamily, AF_BTH);
        CHECK_INT(remote_of(&answer)->btAddr, addresses[i]);
        CHECK_INT(remote_of(&answer)->port, 0);
        CHECK(!lstrcmpW(answer.set.lpszServiceInstanceName, names[i]));
        CHECK_INT(answer.set.lpServiceClassId->Data1, classes[i]);
        CHECK_INT(answer.set.lpServiceClassId->Data2, 0);
        CHECK_INT(answer.set.dwOutputFlags, i == 3 ? BTHNS_RESULT_DEVICE_CONNECTED : 0);
    }
    CHECK_INT(i, 4);
}

TEST(a_devices_blob_says_what_is_known_of_it)
{
    HANDLE lookup = begin(NULL, LUP_CONTAINERS | LUP_FLUSHCACHE | LUP_RETURN_BLOB);
    union answer answer;
    BTH_DEVICE_INFO *info;

    CHECK(next(lookup, 0, &answer));
    CHECK(!answer.set.lpszServiceInstanceName && !answer.set.lpServiceClassId && !answer.set.lpcsaBuffer);
    CHECK_INT(answer.set.lpBlob->cbSize, sizeof(*info));
    info = (BTH_DEVICE_INFO *)answer.set.lpBlob->pBlobData;
    CHECK_INT(info->flags, BDIF_ADDRESS | BDIF_COD | BDIF_NAME);
    CHECK_INT(info->address, PHONE_ADDRESS);
    CHECK_INT(info->classOfDevice, 0x5a020c);
    CHECK(!strcmp(info->name, "Phone \xc3\xa9"));
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
}

TEST(what_is_wanted_of_a_device_may_be_said_with_each_next)
{
    HANDLE lookup = begin(NULL, LUP_CONTAINERS | LUP_FLUSHCACHE);
    union answer answer;

    CHECK(next(lookup, LUP_RETURN_NAME, &answer));
    CHECK(answer.set.lpszServiceInstanceName && !answer.set.lpcsaBuffer);
    CHECK(next(lookup, LUP_RETURN_ADDR, &answer));
    CHECK(!answer.set.lpszServiceInstanceName && answer.set.lpcsaBuffer);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
    CHECK_ERROR(WSALookupServiceEnd(lookup), WSA_INVALID_HANDLE);
}

TEST(without_a_flush_devices_found_before_are_found_again)
{
    HANDLE lookup;
    union answer answer;
    int i;

    lookup = begin(NULL, LUP_CONTAINERS | LUP_FLUSHCACHE);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
    lookup = begin(NULL, LUP_CONTAINERS | LUP_RETURN_NAME);
    for (i = 0; next(lookup, 0, &answer); i++)
        if (i == 1) CHECK(!lstrcmpW(answer.set.lpszServiceInstanceName, L"Headset"));
    CHECK_INT(i, 4);
}

TEST(a_buffer_that_is_too_small_keeps_the_answer)
{
    HANDLE lookup = begin(NULL, LUP_CONTAINERS | LUP_FLUSHCACHE | RETURN_ALL);
    union answer answer;
    DWORD size = sizeof(answer.set), needed;

    CHECK_ERROR(WSALookupServiceNextW(lookup, 0, &size, &answer.set), WSAEFAULT);
    CHECK(size > sizeof(answer.set) + sizeof(BTH_DEVICE_INFO));
    needed = size--;
    CHECK_ERROR(WSALookupServiceNextW(lookup, 0, &size, &answer.set), WSAEFAULT);
    CHECK_INT(size, needed);
    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &answer.set), 0);
    CHECK_INT(remote_of(&answer)->btAddr, PHONE_ADDRESS);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
}

TEST(an_inquirys_limits_are_checked)
{
    BTH_QUERY_DEVICE bad[] = {{0x9e8b33, 0}, {0x9e8b33, SDP_MAX_INQUIRY_SECONDS + 1}, {0x9e8aff, 6}},
                     good = {0x9e8b33, 1};
    WSAQUERYSETW query = query_of(NULL);
    BLOB blob = {sizeof(bad[0]), NULL};
    HANDLE lookup;
    unsigned int i;

    query.lpBlob = &blob;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        blob.pBlobData = (BYTE *)&bad[i];
        CHECK_ERROR(WSALookupServiceBeginW(&query, LUP_CONTAINERS | LUP_FLUSHCACHE, &lookup), WSAEINVAL);
    }
    blob.pBlobData = (BYTE *)&good;
    blob.cbSize--;
    CHECK_ERROR(WSALookupServiceBeginW(&query, LUP_CONTAINERS | LUP_FLUSHCACHE, &lookup), WSAEINVAL);
    blob.cbSize++;
    CHECK_INT(WSALookupServiceBeginW(&query, LUP_CONTAINERS | LUP_FLUSHCACHE, &lookup), 0);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
}

TEST(a_services_channel_name_and_record_are_found)
{
    HANDLE lookup = begin(PHONE, LUP_FLUSHCACHE | RETURN_ALL);
    union answer answer;

    CHECK(next(lookup, 0, &answer));
    CHECK(!lstrcmpW(answer.set.lpszServiceInstanceName, L"Serial"));
    CHECK(!lstrcmpW(answer.set.lpszComment, L"piece by \xe9!"));
    CHECK(IsEqualGUID(answer.set.lpServiceClassId, &serial_class));
    CHECK_INT(remote_of(&answer)->btAddr, PHONE_ADDRESS);
    CHECK_INT(remote_of(&answer)->port, 5);
    CHECK(IsEqualGUID(&remote_of(&answer)->serviceClassId, &serial_class));
    CHECK_INT(answer.set.lpBlob->cbSize, 77);
    CHECK_INT(answer.set.lpBlob->pBlobData[0], 0x35);
    CHECK(!next(lookup, 0, &answer));
}

TEST(services_are_found_in_ansi_too)
{
    WSAQUERYSETA query = {0};
    union answer answer;
    DWORD size = sizeof(answer);
    HANDLE lookup;

    serial_class_id = serial_class;
    query.dwSize = sizeof(query);
    query.dwNameSpace = NS_BTH;
    query.lpServiceClassId = &serial_class_id;
    query.lpszContext = (char *)"00:11:22:33:44:55";
    CHECK_INT(WSALookupServiceBeginA(&query, LUP_RETURN_NAME, &lookup), 0);
    CHECK_INT(WSALookupServiceNextA(lookup, 0, &size, &answer.ansi), 0);
    CHECK(!strcmp(answer.ansi.lpszServiceInstanceName, "Serial"));
    CHECK_ERROR(WSALookupServiceNextA(lookup, 0, &size, &answer.ansi), WSA_E_NO_MORE);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
}

TEST(this_computers_own_services_are_found)
{
    union answer answer;
    HANDLE lookup = begin(ADAPTER, LUP_RETURN_NAME);

    CHECK(next(lookup, 0, &answer));
    CHECK(!lstrcmpW(answer.set.lpszServiceInstanceName, L"Serial"));
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
}

TEST(a_search_for_handles_gives_an_array)
{
    BTH_QUERY_SERVICE restricted = {.type = SDP_SERVICE_SEARCH_REQUEST};
    WSAQUERYSETW query = query_of(PHONE);
    BLOB blob = {sizeof(restricted), (BYTE *)&restricted};
    union answer answer;
    HANDLE lookup;

    restricted.uuids[0].u.uuid16 = SERIAL_UUID;
    restricted.uuids[0].uuidType = SDP_ST_UUID16;
    query.lpServiceClassId = NULL;
    query.lpBlob = &blob;
    CHECK_INT(WSALookupServiceBeginW(&query, LUP_RETURN_BLOB, &lookup), 0);
    CHECK(next(lookup, 0, &answer));
    CHECK_INT(answer.set.lpBlob->cbSize, sizeof(ULONG));
    CHECK_INT(*(ULONG *)answer.set.lpBlob->pBlobData, 0x10000);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
}

TEST(services_that_can_not_be_found)
{
    WSAQUERYSETW query = query_of(PHONE);
    GUID other = serial_class;
    HANDLE lookup;

    other.Data1 = 0x1108;
    query.lpServiceClassId = &other;
    CHECK_ERROR(WSALookupServiceBeginW(&query, LUP_FLUSHCACHE, &lookup), WSASERVICE_NOT_FOUND);
    query = query_of(L"(00:AA:BB:CC:DD:EE)"); /* out of reach */
    CHECK_ERROR(WSALookupServiceBeginW(&query, LUP_FLUSHCACHE, &lookup), WSASERVICE_NOT_FOUND);
    query = query_of(L"(00:AA:BB:CC:DD)");
    CHECK_ERROR(WSALookupServiceBeginW(&query, LUP_FLUSHCACHE, &lookup), WSAEINVAL);
    query.lpszContext = NULL;
    CHECK_ERROR(WSALookupServiceBeginW(&query, LUP_FLUSHCACHE, &lookup), WSAEINVAL);
    query = query_of(PHONE);
    query.lpServiceClassId = NULL;
    CHECK_ERROR(WSALookupServiceBeginW(&query, LUP_FLUSHCACHE, &lookup), WSAEINVAL);
}

static SOCKET connect_by(int protocol, const SOCKADDR_BTH *to, int error)
{
    SOCKET s = socket(AF_BTH, SOCK_STREAM, protocol);

    CHECK(s != INVALID_SOCKET);
    if (error)
        CHECK_ERROR(connect(s, (const SOCKADDR *)to, sizeof(*to)), error);
    else
        CHECK_INT(connect(s, (const SOCKADDR *)to, sizeof(*to)), 0);
    return s;
}

static SOCKET rfcomm(const SOCKADDR_BTH *to, int error)
{
    return connect_by(BTHPROTO_RFCOMM, to, error);
}

static void check_echo(SOCKET s, ULONG port)
{
    SOCKADDR_BTH peer;
    int len = sizeof(peer);
    char buffer[8];

    CHECK_INT(getpeername(s, (SOCKADDR *)&peer, &len), 0);
    CHECK_INT(peer.btAddr, PHONE_ADDRESS);
    CHECK_INT(peer.port, port);
    CHECK_INT(send(s, "hello", 5, 0), 5);
    CHECK_INT(recv(s, buffer, 5, MSG_WAITALL), 5);
    CHECK(!memcmp(buffer, "hello", 5));
    CHECK_INT(closesocket(s), 0);
}

TEST(connect_finds_the_channel_of_a_service_by_its_class)
{
    SOCKADDR_BTH to = {AF_BTH, PHONE_ADDRESS, serial_class, 0};

    check_echo(rfcomm(&to, 0), 5);
}

TEST(connect_goes_to_the_channel_that_it_is_told)
{
    SOCKADDR_BTH to = {AF_BTH, PHONE_ADDRESS, serial_class, 6};

    closesocket(rfcomm(&to, WSAECONNREFUSED));
    to.port = 5;
    to.serviceClassId.Data1 = 0x1108; /* which it has not */
    closesocket(rfcomm(&to, 0));
    to.port = 0;
    closesocket(rfcomm(&to, WSAEADDRNOTAVAIL));
}

/* Its ports are protocol/service multiplexers, of 16 bits. */
TEST(l2cap_connects_to_a_multiplexer)
{
    SOCKADDR_BTH to = {AF_BTH, PHONE_ADDRESS, {0}, 0x1001};

    check_echo(connect_by(BTHPROTO_L2CAP, &to, 0), 0x1001);
    to.port = 0x1003;
    closesocket(connect_by(BTHPROTO_L2CAP, &to, WSAECONNREFUSED));
    to.port = 0x10001;
    closesocket(connect_by(BTHPROTO_L2CAP, &to, WSAEINVAL));
    to.port = 0;
    to.serviceClassId = serial_class; /* is not to be had by this protocol */
    closesocket(connect_by(BTHPROTO_L2CAP, &to, WSAEADDRNOTAVAIL));
}

/* The adapter that is played ends this inquiry once it is asked for services. */
static DWORD WINAPI long_inquiry(void *unused)
{
    BTH_QUERY_DEVICE inquiry = {0x9e8b3f, SDP_MAX_INQUIRY_SECONDS};
    WSAQUERYSETW query = query_of(NULL);
    BLOB blob = {sizeof(inquiry), (BYTE *)&inquiry};
    HANDLE lookup = unused;

    query.lpBlob = &blob;
    if (WSALookupServiceBeginW(&query, LUP_CONTAINERS | LUP_FLUSHCACHE, &lookup)) return WSAGetLastError();
    return WSALookupServiceEnd(lookup) ? WSAGetLastError() : 0;
}

TEST(an_inquiry_keeps_no_other_thread_from_its_lookups)
{
    HANDLE thread = CreateThread(NULL, 0, long_inquiry, NULL, 0, NULL);
    union answer answer;
    DWORD code;

    do
    {
        HANDLE lookup = begin(PHONE, LUP_FLUSHCACHE | LUP_RETURN_NAME);

        CHECK(next(lookup, 0, &answer));
        CHECK_INT(WSALookupServiceEnd(lookup), 0);
    } while (WaitForSingleObject(thread, 0) == WAIT_TIMEOUT);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_INT(code, 0);
    CloseHandle(thread);
}

/* What listens on a channel of the adapter. */
struct listener
{
    SOCKADDR_BTH address;
    CSADDR_INFO info;
    WSAQUERYSETW set;
};

static void describe(struct listener *listener, ULONG channel)
{
    memset(listener, 0, sizeof(*listener));
    listener->address.addressFamily = AF_BTH;
    listener->address.port = channel;
    listener->info.LocalAddr.lpSockaddr = (SOCKADDR *)&listener->address;
    listener->info.LocalAddr.iSockaddrLength = sizeof(listener->address);
    listener->info.iSocketType = SOCK_STREAM;
    listener->info.iProtocol = BTHPROTO_RFCOMM;
    listener->set = query_of(L"");
    listener->set.lpszContext = NULL;
    listener->set.lpszServiceInstanceName = (WCHAR *)L"A service";
    listener->set.dwNumberOfCsAddrs = 1;
    listener->set.lpcsaBuffer = &listener->info;
}

TEST(a_service_is_registered_and_deleted_by_its_channel)
{
    struct listener listener;

    describe(&listener, 7);
    CHECK_INT(WSASetServiceW(&listener.set, RNRSERVICE_REGISTER, 0), 0);
    CHECK_ERROR(WSASetServiceW(&listener.set, RNRSERVICE_REGISTER, 0), WSAEADDRINUSE);
    CHECK_INT(WSASetServiceW(&listener.set, RNRSERVICE_DELETE, 0), 0);
    CHECK_ERROR(WSASetServiceW(&listener.set, RNRSERVICE_DELETE, 0), WSASERVICE_NOT_FOUND);
}

TEST(what_can_not_be_registered)
{
    struct listener listener;

    describe(&listener, 0);
    CHECK_ERROR(WSASetServiceW(&listener.set, RNRSERVICE_REGISTER, 0), WSAEINVAL);
    describe(&listener, 8);
    CHECK_ERROR(WSASetServiceW(&listener.set, RNRSERVICE_REGISTER, 1), WSAEINVAL);
    CHECK_ERROR(WSASetServiceW(&listener.set, RNRSERVICE_DEREGISTER, 0), WSAEINVAL);
    listener.set.lpServiceClassId = NULL;
    CHECK_ERROR(WSASetServiceW(&listener.set, RNRSERVICE_REGISTER, 0), WSAEINVAL);
    describe(&listener, 8);
    listener.set.dwNumberOfCsAddrs = 0;
    CHECK_ERROR(WSASetServiceW(&listener.set, RNRSERVICE_REGISTER, 0), WSAEINVAL);
    describe(&listener, 8);
    listener.address.addressFamily = AF_INET;
    CHECK_ERROR(WSASetServiceW(&listener.set, RNRSERVICE_REGISTER, 0), WSAEINVAL);
}

/* {0x0001: {0x1101}} */
static const BYTE smallest_record[] = {0x35, 8, 9, 0, 1, 0x35, 3, 0x19, 0x11, 1};

TEST(a_record_of_ones_own_is_registered_and_deleted_by_its_handle)
{
    union
    {
        BTH_SET_SERVICE service;
        BYTE room[64];
    } own = {.room = {0}};
    BLOB blob = {sizeof(own), own.room};
    WSAQUERYSETW query = query_of(NULL);
    ULONG version = BTH_SDP_VERSION;
    HANDLE handle = NULL, first;

    own.service.pSdpVersion = &version;
    own.service.pRecordHandle = &handle;
    own.service.ulRecordLength = sizeof(smallest_record);
    memcpy(own.service.pRecord, smallest_record, sizeof(smallest_record));
    query.lpBlob = &blob;
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_DELETE, 0), WSAEINVAL);
    CHECK_INT(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), 0);
    CHECK(handle != NULL);
    first = handle;
    CHECK_INT(WSASetServiceW(&query, RNRSERVICE_DELETE, 0), 0);
    CHECK(handle == NULL);
    handle = first;
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_DELETE, 0), WSASERVICE_NOT_FOUND);
    own.service.pRecord[1]++; /* it goes beyond its end */
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSAEINVAL);
    own.service.pRecord[1]--;
    version++;
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSAEINVAL);
    version--;
    own.service.ulRecordLength = sizeof(own);
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSAEINVAL);
    own.service.pRecordHandle = (HANDLE *)8;
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSAEFAULT);
}
