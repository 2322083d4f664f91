// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {RootView} from "../src/Types.sol";
import {PostsHandler} from "./support/PostsHandler.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

/// Reports and roots under any sequence of right and wrong posts.
contract PostsInvariantsTest is RegistryTest {
    PostsHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new PostsHandler(registry, stakes);
    }

    /// What forge may call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// Right posts are accepted, second, late and unsupported ones never; and the newest report of each validator is the one
    /// that was accepted last. The whole history is walked at the end of each run.
    /// forge-config: default.invariant.fail-on-revert = true
    /// forge-config: campaign.invariant.fail-on-revert = true
    function invariant_Posts() external view {
        same(_handler.surprise(), "", "surprise");
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = operatorOf(i);
            uint256 count = _handler.reportCount(operator);
            (uint64 epoch,, bytes32 hash) = registry.lastReport(operator);
            if (count == 0) {
                same(epoch, 0, "no report");
                continue;
            }
            same(epoch, _handler.reportedEpochs(operator, count - 1), "last report");
            same(hash, _handler.reportHashes(operator, epoch), "last hash");
        }
        (uint64 last, bytes32 rootHash) = registry.lastRoot();
        uint256 roots = _handler.rootTotal();
        same(registry.rootCount(), roots, "roots");
        same(last, roots == 0 ? 0 : _handler.rootEpochs(roots - 1), "last root");
        same(rootHash, _handler.rootHashes(last), "last root's hash");
        uint64 final_ = registry.currentEpoch() + 1;
        same(_handler.frozenTotal(), final_ + 1, "frozen up to the next epoch");
        _expectFrozen(final_);
    }

    /// Nor has anything in effect (sets, nodes, seed chains, policy) ever changed.
    function afterInvariant() external view {
        for (uint64 epoch = 0; epoch < _handler.frozenTotal(); ++epoch) {
            _expectFrozen(epoch);
        }
        _checkReports();
        _checkRoots();
        _checkNodes();
    }

    /// @dev Each validator's reports form one chain of falling epochs that holds exactly what was posted, unchanged.
    function _checkReports() private view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = operatorOf(i);
            uint256 left = _handler.reportCount(operator);
            (uint64 epoch,,) = registry.lastReport(operator);
            while (epoch != 0) {
                yes(left > 0, "no more reports than posted");
                same(epoch, _handler.reportedEpochs(operator, --left), "epoch");
                same(registry.reportHashOf(operator, epoch), _handler.reportHashes(operator, epoch), "hash");
                uint64 previous = registry.reportOf(operator, epoch).previousEpoch;
                yes(previous < epoch, "falls");
                epoch = previous;
            }
            same(left, 0, "none lost");
        }
    }

    /// @dev Likewise the roots.
    function _checkRoots() private view {
        uint256 left = _handler.rootTotal();
        (uint64 epoch,) = registry.lastRoot();
        while (epoch != 0) {
            yes(left > 0, "no more roots than posted");
            same(epoch, _handler.rootEpochs(--left), "root's epoch");
            RootView memory found = registry.rootOf(epoch);
            same(found.rootHash, _handler.rootHashes(epoch), "root's hash");
            yes(found.provisional == (registry.validatorCountAt(epoch) < 4), "provisional");
            yes(found.previousEpoch < epoch, "roots rise");
            epoch = found.previousEpoch;
        }
        same(left, 0, "no root lost");
    }

    /// @dev A node keeps its index for ever, and no index is used twice.
    function _checkNodes() private view {
        uint256 total = _handler.nodeTotal();
        same(registry.nodeCountAt(type(uint64).max), total, "count");
        for (uint256 i = 0; i < total; ++i) {
            same(registry.nodeIndexOf(_handler.nodeIds(i)), i, "index");
            same(registry.nodeAt(uint32(i), type(uint64).max).nodeId, _handler.nodeIds(i), "id");
        }
    }

    function _expectFrozen(uint64 epoch) private view {
        same(_handler.fingerprint(epoch), _handler.frozen(epoch), VM.toString(epoch));
    }
}
