# libcountersign.so and libcountersign-fetch.so: the C boundary of src/capi, and how both are installed. No other symbol
# leaves them (docs/adr/0017-c-boundary.md).
include(GNUInstallDirs)
file(STRINGS include/countersign/countersign.h abi_line REGEX "^#define CS_ABI [0-9]+")
string(REGEX MATCH "[0-9]+" COUNTERSIGN_ABI "${abi_line}")

add_library(countersign_headers INTERFACE)
target_include_directories(countersign_headers INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_link_libraries(cs_capi PUBLIC countersign_headers)
set_target_properties(cs_capi PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)

# cs_shared(NAME FILE name SYMBOLS map): what the linker map names, from the static libraries that are linked.
function(cs_shared name)
    cmake_parse_arguments(ARG "" "FILE;SYMBOLS" "" ${ARGN})
    set(map ${CMAKE_SOURCE_DIR}/src/capi/${ARG_SYMBOLS})
    set_target_properties(${name} PROPERTIES OUTPUT_NAME ${ARG_FILE} VERSION ${PROJECT_VERSION}
        SOVERSION ${COUNTERSIGN_ABI} CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS ${map})
    target_link_options(${name} PRIVATE -Wl,--version-script=${map} -Wl,--gc-sections)
    if(NOT COUNTERSIGN_SANITIZE)
        target_link_options(${name} PRIVATE -Wl,-z,defs)    # the run-time of a sanitizer comes with the program
    endif()
    target_include_directories(${name} INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endfunction()

add_library(countersign_so SHARED include/countersign/countersign.h)
target_link_libraries(countersign_so PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,cs_capi>)
cs_shared(countersign_so FILE countersign SYMBOLS countersign.map)

# The resolver of the system cannot be interrupted, so a thread of it may outlive everything: never unloaded.
add_library(countersign_fetch_so SHARED src/capi/fetch/system_fetch.cpp src/capi/call.cpp)
target_link_libraries(countersign_fetch_so PRIVATE cs_http_fetch countersign_so)
target_link_options(countersign_fetch_so PRIVATE -Wl,-z,nodelete)
cs_shared(countersign_fetch_so FILE countersign-fetch SYMBOLS countersign-fetch.map)
