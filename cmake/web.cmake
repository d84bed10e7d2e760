# cs_embed_web(target): the hosted page becomes a table in the binary. Without COUNTERSIGN_WEB the table is empty.
function(cs_embed_web target)
    set(generated ${CMAKE_BINARY_DIR}/generated/embedded_assets.cpp)
    set(dist "")
    if(COUNTERSIGN_WEB AND EXISTS ${CMAKE_SOURCE_DIR}/web/package.json)
        set(dist ${CMAKE_BINARY_DIR}/web)
        file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/index.html
             ${CMAKE_SOURCE_DIR}/web/*.json ${CMAKE_SOURCE_DIR}/web/vite.config.ts)
        set(command ${CMAKE_SOURCE_DIR}/tools/build-web ${dist})
    endif()
    add_custom_command(
        OUTPUT ${generated}
        COMMAND ${command}
        COMMAND python3 ${CMAKE_SOURCE_DIR}/cmake/embed_web.py "${dist}" ${generated}
        DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/cmake/embed_web.py ${CMAKE_SOURCE_DIR}/tools/build-web
        COMMENT "hosted page" VERBATIM)
    target_sources(${target} PRIVATE ${generated})
endfunction()
