// SPDX-License-Identifier: MIT
// What a program does to its descriptors, done to the real ones and to the model's.
#pragma once

#include "model.hpp"
#include "world.hpp"

#include <string>

namespace model {

class Stage {
public:
    explicit Stage(uint32_t backend) : model_(backend, World::kBase) {}

    Model& model() { return model_; }
    const Model& model() const { return model_; }

    // One of the calls that have nothing to do with a poller; left out where it makes no sense.
    // "" or what went wrong, which is nothing to blame a poller for.
    std::string apply(const Op& op);
    // Asks the system what the model cannot know: whether there is room behind what was written.
    void measure_room();

private:
    std::string open(const Op& op);
    void change(const Op& op, End end);
    void transfer(const Op& op, End end);
    void transfer_eventfd(const Op& op, End end);
    void transfer_connection(const Op& op, End end);
    void drain(int number, End end);
    std::string settle();

    World world_;
    Model model_;
};

}  // namespace model
