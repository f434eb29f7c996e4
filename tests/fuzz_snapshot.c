/* libFuzzer target: any bytes are read as a snapshot, as they are; and, behind a whole frame whose
 * lengths and checksum are right, as the types, objects and lists of one. What can be read is loaded
 * into the core, collected and let go: nothing may be left. */
#include "tests/snapshot_stand.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct error error = {""};
    try_snapshot(bytes, count, &error);
    enum { COUNTS = 7, HEAD = 2 * COUNTS };
    if (count < HEAD) {
        return 0;
    }
    /* Two bytes each: objects, references, types, four lists. */
    struct snapshot_encoder encoder;
    snapshot_begin(&encoder, "fuzz");
    snapshot_put_bytes(&encoder, bytes + HEAD, count - HEAD);
    uint64_t number[COUNTS];
    for (size_t i = 0; i < COUNTS; i++) {
        number[i] = bytes[2 * i] | (uint64_t)bytes[2 * i + 1] << 8;
    }
    encoder.objects = number[0];
    encoder.references = number[1];
    encoder.types = number[2];
    memcpy(encoder.listed, number + 3, sizeof encoder.listed);
    struct snapshot_head head = {.python = 0x030b02f0};
    CHECK(snapshot_finish(&encoder, &head));
    try_snapshot(encoder.bytes, encoder.length, &error);
    free(encoder.bytes);
    return 0;
}
