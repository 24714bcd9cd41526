/* A disk that forgets everything after its last fsync, to be preloaded (LD_PRELOAD). The folder FORGETFUL_DISK has what
 * would be left if the power failed: in `contents` each file as it was when it was last made durable, in `names` the
 * files that there were when their folder was. A file of which there is only one of both would not be there. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void keep_contents(const char *path, const char *disk)
{
    char kept[8192], part[8200], buffer[65536];
    ssize_t length;
    snprintf(kept, sizeof kept, "%s/contents/%s", disk, strrchr(path, '/') + 1);
    snprintf(part, sizeof part, "%s.part", kept);
    int from = open(path, O_RDONLY), to = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    while ((length = read(from, buffer, sizeof buffer)) > 0)
        if (write(to, buffer, length) != length)
            abort();
    close(from);
    close(to);
    rename(part, kept);
}

static void each(const char *from, const char *of, int is_there)
{
    char path[8192], name[8192];
    struct dirent *entry;
    DIR *folder = opendir(of);
    while (folder && (entry = readdir(folder))) {
        snprintf(path, sizeof path, "%s/%s", from, entry->d_name);
        snprintf(name, sizeof name, "%s/%s", is_there ? from : of, entry->d_name);
        if (is_there)
            close(open(name, O_WRONLY | O_CREAT, 0600));
        else if (access(path, F_OK))
            unlink(name);
    }
    if (folder)
        closedir(folder);
}

static int keep(const char *function, int fd)
{
    char path[4096], link[64], names[4200];
    const char *disk = getenv("FORGETFUL_DISK");
    struct stat about;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (disk && length > 0 && fstat(fd, &about) == 0) {
        path[length] = 0;
        if (S_ISREG(about.st_mode))
            keep_contents(path, disk);
        if (S_ISDIR(about.st_mode)) {
            snprintf(names, sizeof names, "%s/names", disk);
            each(names, path, 1);
            each(path, names, 0);
        }
    }
    return ((int (*)(int))dlsym(RTLD_NEXT, function))(fd);
}

int fsync(int fd) { return keep("fsync", fd); }
int fdatasync(int fd) { return keep("fdatasync", fd); }
