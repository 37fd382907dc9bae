// Times CGAL's triangular expansion on walls that do not cross. Reads from standard input: the number of walls, their
// coordinates, the number of viewpoints, their coordinates; prints microseconds a viewpoint, one a line.
#include <CGAL/Arr_segment_traits_2.h>
#include <CGAL/Arr_trapezoid_ric_point_location.h>
#include <CGAL/Arrangement_2.h>
#include <CGAL/Exact_predicates_inexact_constructions_kernel.h>
#include <CGAL/Triangular_expansion_visibility_2.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <vector>

using Kernel = CGAL::Exact_predicates_inexact_constructions_kernel;
using Traits = CGAL::Arr_segment_traits_2<Kernel>;
using Arrangement = CGAL::Arrangement_2<Traits>;
using Visibility = CGAL::Triangular_expansion_visibility_2<Arrangement, CGAL::Tag_true>;
using Location = CGAL::Arr_trapezoid_ric_point_location<Arrangement>;

int main() {
  std::ios::sync_with_stdio(false);
  std::size_t count = 0;
  std::cin >> count;
  std::vector<Traits::X_monotone_curve_2> walls;
  for (std::size_t index = 0; index < count; ++index) {
    double ax, ay, bx, by;
    std::cin >> ax >> ay >> bx >> by;
    walls.emplace_back(Kernel::Point_2(ax, ay), Kernel::Point_2(bx, by));
  }
  Arrangement arrangement;
  CGAL::insert_non_intersecting_curves(arrangement, walls.begin(), walls.end());
  auto now = [] { return std::chrono::steady_clock::now(); };
  auto micros = [](auto span) { return std::chrono::duration<double, std::micro>(span).count(); };
  auto start = now();
  Visibility visibility(arrangement);
  std::fprintf(stderr, "%.0f\n", micros(now() - start));
  Location location(arrangement);
  std::cin >> count;
  for (std::size_t index = 0; index < count; ++index) {
    double x, y;
    std::cin >> x >> y;
    Kernel::Point_2 eye(x, y);
    auto found = location.locate(eye);
    auto* face = boost::get<Arrangement::Face_const_handle>(&found);
    if (face == nullptr || (*face)->is_unbounded()) {
      std::printf("-\n");
      continue;
    }
    double best = 1e18;
    for (int round = 0; round < 3; ++round) {
      Arrangement out;
      auto begin = now();
      visibility.compute_visibility(eye, *face, out);
      best = std::min(best, micros(now() - begin));
    }
    std::printf("%.3f\n", best);
  }
}
