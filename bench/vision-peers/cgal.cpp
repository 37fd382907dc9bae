// Times CGAL's triangular expansion on walls that do not cross. Reads from standard input: the number of walls, their
// coordinates, the number of viewpoints, their coordinates. For each line after that it answers all viewpoints in order
// and prints the microseconds of each, less what reading the clock takes, one a line, `-` for one outside.
#include <CGAL/Arr_segment_traits_2.h>
#include <CGAL/Arr_trapezoid_ric_point_location.h>
#include <CGAL/Arrangement_2.h>
#include <CGAL/Exact_predicates_inexact_constructions_kernel.h>
#include <CGAL/Triangular_expansion_visibility_2.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
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
  std::vector<Kernel::Point_2> eyes;
  std::vector<Arrangement::Face_const_handle> faces;
  for (std::size_t index = 0; index < count; ++index) {
    double x, y;
    std::cin >> x >> y;
    eyes.emplace_back(x, y);
    auto found = location.locate(eyes.back());
    auto* face = boost::get<Arrangement::Face_const_handle>(&found);
    bool inside = face != nullptr && !(*face)->is_unbounded();
    faces.push_back(inside ? *face : Arrangement::Face_const_handle());
  }
  std::vector<double> reads;
  for (std::size_t index = 0; index < 1000; ++index) {
    auto begin = now();
    reads.push_back(micros(now() - begin));
  }
  std::sort(reads.begin(), reads.end());
  double clock = reads[reads.size() / 2];
  std::string round;
  while (std::cin >> round) {
    std::vector<double> times;
    for (std::size_t index = 0; index < count; ++index) {
      if (faces[index] == Arrangement::Face_const_handle()) {
        times.push_back(-1);
        continue;
      }
      Arrangement out;
      auto begin = now();
      visibility.compute_visibility(eyes[index], faces[index], out);
      times.push_back(micros(now() - begin) - clock);
    }
    for (double time : times) {
      if (time == -1) {
        std::printf("-\n");
      } else {
        std::printf("%.3f\n", time);
      }
    }
    std::fflush(stdout);
  }
}
