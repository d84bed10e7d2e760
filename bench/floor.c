// The kernel's share: an epoll loop that reads whatever comes and answers fixed bytes, without looking at them.
// Nothing that speaks HTTP over these system calls can cost less. floor PORT
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char answer[] =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n"
    "x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\nx-frame-options: DENY\r\n"
    "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\ncache-control: no-store\r\n"
    "x-request-id: 0123456789abcdef\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n{\"ok\":true}";

static void watch(int poller, int file) {
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = file};
    epoll_ctl(poller, EPOLL_CTL_ADD, file, &wanted);
}

static void serve(int file) {
    char request[4096];
    const ssize_t count = recv(file, request, sizeof request, 0);
    if (count > 0) send(file, answer, sizeof answer - 1, MSG_NOSIGNAL);
    if (count == 0) close(file);
}

int main(int count, char** arguments) {
    if (count != 2) return 2;
    const int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poller = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons((unsigned short)atoi(arguments[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 || listen(listener, SOMAXCONN) != 0) return 1;
    watch(poller, listener);
    while (1) {
        struct epoll_event events[64];
        const int ready = epoll_wait(poller, events, 64, -1);
        for (int i = 0; i < ready; ++i) {
            if (events[i].data.fd != listener) {
                serve(events[i].data.fd);
                continue;
            }
            const int file = accept4(listener, 0, 0, SOCK_NONBLOCK);
            if (file < 0) continue;
            setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            watch(poller, file);
        }
    }
}
