/* libcountersign-fetch: Countersign's own way to fetch keys, for hosts that have none. HTTPS through libcurl: no
 * redirects, no proxy, certificates checked, one look-up of the name whose addresses are checked and then the only ones
 * connected to; addresses from data never reach a private network. */
#ifndef COUNTERSIGN_COUNTERSIGN_FETCH_H
#define COUNTERSIGN_COUNTERSIGN_FETCH_H

#include <countersign/countersign.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fills `out`, whose size must be set, for cs_verifier_ask.fetch. The library stays loaded once it was used. */
CS_API CS_MUST cs_code cs_system_fetch(cs_fetch *out) CS_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
