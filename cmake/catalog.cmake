# The catalogue of data/*.csv becomes constant tables in the executable: read in microseconds, nothing to parse at start.
set(CATALOG_TABLES ${CMAKE_BINARY_DIR}/generated/catalog_tables.inc)
add_executable(make-catalog tools/make_catalog.cpp)
target_include_directories(make-catalog PRIVATE src)
file(GLOB CATALOG_DATA CONFIGURE_DEPENDS data/*.csv)
add_custom_command(
  OUTPUT ${CATALOG_TABLES}
  COMMAND make-catalog ${CMAKE_SOURCE_DIR}/data ${CATALOG_TABLES}
  DEPENDS make-catalog ${CATALOG_DATA}
  COMMENT "Building the catalogue from data/")
