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

set_target_properties(countersign_so PROPERTIES EXPORT_NAME countersign)
set_target_properties(countersign_fetch_so PROPERTIES EXPORT_NAME fetch INSTALL_RPATH "$ORIGIN")
target_link_libraries(countersign_fetch_so INTERFACE countersign_so)

# Components: runtime and fetch are what programs load, development what they are built with, program the command.
set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Countersign)
install(TARGETS countersign_so EXPORT CountersignTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS countersign_fetch_so EXPORT CountersignTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT fetch NAMELINK_COMPONENT development)
install(DIRECTORY include/countersign DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT CountersignTargets NAMESPACE Countersign:: DESTINATION ${config_folder} COMPONENT development)

include(CMakePackageConfigHelpers)
set(generated ${CMAKE_BINARY_DIR}/generated)
file(WRITE ${generated}/CountersignConfig.cmake "include(\"\${CMAKE_CURRENT_LIST_DIR}/CountersignTargets.cmake\")\n")
write_basic_package_version_file(${generated}/CountersignConfigVersion.cmake COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH up_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" up_from_pc ${up_from_pc})
foreach(package IN ITEMS countersign countersign-fetch)
    configure_file(cmake/${package}.pc.in ${generated}/${package}.pc @ONLY)
    install(FILES ${generated}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endforeach()
install(FILES ${generated}/CountersignConfig.cmake ${generated}/CountersignConfigVersion.cmake
    DESTINATION ${config_folder} COMPONENT development)
